// What `eagain simulate` tells of a sweep and of a swarm: a table, and for each failure the options,
// the end of the trace, and the command that shows it again.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "eagain/cli/simulated/campaign.h"

namespace eagain::cli {

// `program`: what to type to call this program. Both answer whether all passed.
bool TellOfSweep(std::ostream& out, const std::string& program, const CampaignOptions& options,
                 const std::vector<sim::SweepReport>& reports);
bool TellOfSwarm(std::ostream& out, const std::string& program, const CampaignOptions& options,
                 const std::vector<sim::SwarmReport>& reports);

}  // namespace eagain::cli
