// SPDX-License-Identifier: Apache-2.0
#include "control/background_jobs.h"

#include <fmt/format.h>

#include <system_error>

namespace greffe {

BackgroundJobs::~BackgroundJobs() {
    isStopping_ = true;
    for (auto& job : jobs_)
        job->thread.join();
}

Status BackgroundJobs::start(std::function<void(const std::atomic<bool>&)> work) {
    jobs_.remove_if([](const std::unique_ptr<Job>& job) {
        if (!job->isDone) return false;
        job->thread.join();
        return true;
    });
    if (jobs_.size() >= mostAtOnce_)
        return makeError(Errc::Busy, "as much long work as may run at once is under way",
                         "try again when it is done");
    jobs_.push_back(std::make_unique<Job>());
    Job& job = *jobs_.back();
    try {
        job.thread = std::thread([this, &job, work = std::move(work)] {
            work(isStopping_);
            job.isDone = true;
        });
    } catch (const std::system_error& error) {
        jobs_.pop_back();
        return makeError(Errc::Busy, fmt::format("no thread for it: {}", error.what()),
                         "try again later; the limits of the service may be too low (TasksMax)");
    }
    return {};
}

}  // namespace greffe
