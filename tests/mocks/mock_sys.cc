#include "eagain/mocks/mock_sys.h"

namespace eagain {

MockSys::MockSys() = default;
MockSys::~MockSys() = default;

}  // namespace eagain

template class testing::NiceMock<eagain::MockSys>;
template class testing::StrictMock<eagain::MockSys>;
