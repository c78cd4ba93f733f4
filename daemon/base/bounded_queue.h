// SPDX-License-Identifier: Apache-2.0
// The only way threads of the engine talk. A full queue is the one backpressure rule: the producer is told
// so, stops admitting, and a metric says why.
//
// Thread-safe, any number of producers and consumers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace greffe {

template <class T>
class BoundedQueue {
public:
    explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

    // Waits for room. False once closed (the item is dropped).
    bool push(T item) {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
        if (closed_) return false;
        items_.push_back(std::move(item));
        filled_.notify_one();
        return true;
    }

    // False when full or closed; `item` is then untouched.
    bool tryPush(T& item) {
        const std::scoped_lock lock(mutex_);
        if (closed_ || items_.size() >= capacity_) return false;
        items_.push_back(std::move(item));
        filled_.notify_one();
        return true;
    }

    // Waits for an item. Empty once closed and drained.
    std::optional<T> pop() {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [&] { return closed_ || !items_.empty(); });
        return takeFront();
    }

    // Waits at most `limit`; empty when nothing came.
    std::optional<T> popFor(std::chrono::milliseconds limit) {
        std::unique_lock lock(mutex_);
        filled_.wait_for(lock, limit, [&] { return closed_ || !items_.empty(); });
        return takeFront();
    }

    // Waits for one item, then takes up to `most` that are there already. Empty once closed and drained.
    std::vector<T> popSome(std::size_t most) {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [&] { return closed_ || !items_.empty(); });
        return takeUpTo(most);
    }

    // Takes up to `most` that are there already, without waiting.
    std::vector<T> tryPopSome(std::size_t most) {
        const std::scoped_lock lock(mutex_);
        return takeUpTo(most);
    }

    // Nothing more goes in; what is inside still comes out.
    void close() {
        const std::scoped_lock lock(mutex_);
        closed_ = true;
        room_.notify_all();
        filled_.notify_all();
    }

    std::size_t size() const {
        const std::scoped_lock lock(mutex_);
        return items_.size();
    }
    std::size_t capacity() const { return capacity_; }

private:
    std::optional<T> takeFront() {
        if (items_.empty()) return std::nullopt;
        std::optional<T> item(std::move(items_.front()));
        items_.pop_front();
        room_.notify_one();
        return item;
    }

    std::vector<T> takeUpTo(std::size_t most) {
        std::vector<T> taken;
        while (!items_.empty() && taken.size() < most) {
            taken.push_back(std::move(items_.front()));
            items_.pop_front();
        }
        room_.notify_all();
        return taken;
    }

    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable room_;
    std::condition_variable filled_;
    std::deque<T> items_;
    bool closed_ = false;
};

}  // namespace greffe
