// SPDX-License-Identifier: Apache-2.0
// "programs/1" as a plugin sees it: the launcher, narrowed to what the plugin declared. One call at a time.
#pragma once

#include "programs/program_launcher.h"

#include <greffe/host.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace greffe {

class HostPrograms final : public ProgramService {
public:
    // All must outlive it. `missing`: declared ones that are not on this machine, and why.
    HostPrograms(ProgramLauncher& launcher, CancelService& cancel, std::vector<std::string> declared,
                 std::map<std::string, std::string> missing);

    bool isThere(Slice program, ByteSink& whyNot) noexcept override;
    bool run(const ProgramCall& call, ByteSink& output, ByteSink& errors,
             ProgramResult& result) noexcept override;

    // Those that were asked for and never declared (SPEC.md, PROGRAMS-1).
    const std::set<std::string>& undeclared() const { return undeclared_; }
    // The launcher died: this process can run nothing any more.
    bool isLost() const { return isLost_; }

private:
    std::string whyNot(std::string_view program);
    bool carryOut(const ProgramCall& call, ByteSink& output, ByteSink& errors, ProgramResult& result);

    ProgramLauncher& launcher_;
    CancelService& cancel_;
    std::vector<std::string> declared_;
    std::map<std::string, std::string> missing_;
    std::set<std::string> undeclared_;
    bool isLost_ = false;
};

}  // namespace greffe
