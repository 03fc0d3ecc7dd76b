// SpareSlots: the right to run one job more, shared by several runs side by side. Each run has what its
// options give it; what a run that is done no longer needs goes to those that still have jobs waiting
// (as the job server of GNU make does it).
//
// They are counted by an eventfd (EFD_SEMAPHORE, EFD_NONBLOCK), which the runs inherit; see eventfd(2).
#pragma once

namespace eagain::runner {

// Makes that eventfd, which is inherited; nobody can have a slot yet. -1 and errno when there is none.
int MakeSpareSlots();
// Is it one? From then on it is not inherited any further.
bool AdoptSpareSlots(int fd);
void AddSpareSlots(int fd, int count);

// What one run has taken of them. Gives all back at its end.
class SpareSlots {
 public:
  // -1: there are none, ever. Not owned.
  explicit SpareSlots(int fd) : fd_(fd) {}
  ~SpareSlots();
  SpareSlots(const SpareSlots&) = delete;
  SpareSlots& operator=(const SpareSlots&) = delete;

  int taken() const { return taken_; }
  // One more, if there is one to be had.
  bool take();
  // One of those taken, if any is.
  void give_back();

 private:
  int fd_;
  int taken_ = 0;
};

}  // namespace eagain::runner
