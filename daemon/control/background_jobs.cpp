// SPDX-License-Identifier: Apache-2.0
#include "control/background_jobs.h"

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
    job.thread = std::thread([this, &job, work = std::move(work)] {
        work(isStopping_);
        job.isDone = true;
    });
    return {};
}

}  // namespace greffe
