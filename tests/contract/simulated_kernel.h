// The simulated kernel, for the contract: quiet, where everything arrives at once and whole, and
// busy, where it arrives later and in pieces, in an order of its own.
#pragma once

#include <memory>

#include "contract_fixture.h"

namespace eagain {

std::unique_ptr<ContractKernel> MakeQuietSimulation();
std::unique_ptr<ContractKernel> MakeBusySimulation();

}  // namespace eagain
