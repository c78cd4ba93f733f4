// SPDX-License-Identifier: Apache-2.0
// greffe-plugin-test: the conformance kit as a program of its own, for authors without a daemon. The greffe
// binary hosts the same two functions as `greffe plugin test` and `greffe plugin-probe`.
#include "conformance/kit.h"
#include "conformance/probe.h"

#include <cstdio>
#include <exception>
#include <string_view>

int main(int argc, char** argv) {
    try {
        if (argc > 1 && std::string_view(argv[1]) == "plugin-probe")
            return greffe::conformance::runProbe(argc - 1, argv + 1);
        return greffe::conformance::runKit(argc, argv, {"plugin-probe"});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "greffe-plugin-test: %s\n", error.what());
        return 3;
    }
}
