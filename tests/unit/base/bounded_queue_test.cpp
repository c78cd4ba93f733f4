// SPDX-License-Identifier: Apache-2.0
#include "base/bounded_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace greffe {
namespace {

TEST(BoundedQueue, AFullQueueTellsTheProducer) {
    BoundedQueue<int> queue(2);
    int one = 1;
    EXPECT_TRUE(queue.tryPush(one));
    EXPECT_TRUE(queue.tryPush(one));
    EXPECT_FALSE(queue.tryPush(one));
    EXPECT_EQ(queue.popSome(8).size(), 2U);
    EXPECT_TRUE(queue.tryPush(one));
}

TEST(BoundedQueue, WhatWasInsideAtCloseStillComesOut) {
    BoundedQueue<int> queue(4);
    EXPECT_TRUE(queue.push(1));
    queue.close();
    EXPECT_FALSE(queue.push(2));
    EXPECT_EQ(queue.pop(), 1);
    EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueue, ManyProducersLoseNothing) {
    BoundedQueue<int> queue(3);
    std::vector<std::thread> producers;
    for (int p = 0; p < 4; ++p)
        producers.emplace_back([&queue] {
            for (int i = 1; i <= 1000; ++i)
                queue.push(i);
        });
    long sum = 0;
    for (int taken = 0; taken < 4000;)
        for (const int item : queue.popSome(16)) {
            sum += item;
            ++taken;
        }
    for (auto& producer : producers)
        producer.join();
    EXPECT_EQ(sum, 4L * 1000 * 1001 / 2);
}

}  // namespace
}  // namespace greffe
