// The kernel of this machine, for the contract.
#pragma once

#include <memory>

#include "contract_fixture.h"

namespace eagain {

std::unique_ptr<ContractKernel> MakeRealKernel();

}  // namespace eagain
