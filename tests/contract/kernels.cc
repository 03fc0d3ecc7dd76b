// Names the kernels on which the contract is run.
#include "real_kernel.h"
#include "simulated_kernel.h"

namespace eagain {

std::vector<KernelUnderTest> KernelsUnderTest() {
  return {{"Linux", MakeRealKernel},
          {"QuietSimulation", MakeQuietSimulation},
          {"BusySimulation", MakeBusySimulation}};
}

}  // namespace eagain
