// Objects that are made anew without being allocated anew. Which object is handed out depends only
// on the order of take() and give_back(), never on an address.
#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace eagain::sim {

template <typename T>
class Pool {
 public:
  T& take() {
    if (free_.empty()) {
      all_.push_back(std::make_unique<T>());
      return *all_.back();
    }
    T* object = free_.back();
    free_.pop_back();
    return *object;
  }
  void give_back(T& object) { free_.push_back(&object); }

  // Calls `visit` for every object ever made, in the order of their making; then all are free.
  template <typename Visit>
  void reclaim_all(Visit visit) {
    free_.clear();
    for (const std::unique_ptr<T>& object : all_) {
      visit(*object);
    }
    for (auto last = all_.rbegin(); last != all_.rend(); ++last) {
      free_.push_back(last->get());
    }
  }

 private:
  std::vector<std::unique_ptr<T>> all_;
  std::vector<T*> free_;
};

}  // namespace eagain::sim
