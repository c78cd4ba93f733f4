// SPDX-License-Identifier: Apache-2.0
#include "conformance/rules.h"

namespace greffe::conformance {

const std::vector<Rule>& rules() {
    static const std::vector<Rule> all = {
        {"FILE-1", "file-permissions",
         "only root or the service's user may write the file and its directory"},
        {"FILE-2", "file-complete", "the file is a whole shared object with plugin metadata"},
        {"FILE-3", "metadata-wellformed",
         "id, version, summary, pool and capabilities are well-formed, the file is <id>.so"},
        {"ABI-1", "abi-version", "the ABI's major is the host's, its minor at most the host's"},
        {"ABI-2", "build-tag", "the build tag is the host's"},
        {"ABI-3", "host-version", "the host is new enough for the plugin"},
        {"ABI-4", "descriptor-equals-metadata", "the descriptor says what the metadata say"},
        {"SANDBOX-1", "sandbox-fits", "every capability stands in a pool that its interface names"},
        {"SCAN-1", "scan-without-effects",
         "loading changes nothing: no files, threads, environment, locale, signals"},
        {"SCAN-2", "scan-fast", "loading takes less than 100 ms"},
        {"OPTIONS-1", "schema-subset", "the options schema is within the subset"},
        {"OPTIONS-2", "options-documented", "every option has a description"},
        {"OPTIONS-3", "option-names", "option names are snake_case words"},
        {"OPTIONS-4", "errors-name-options", "a refusal of options names the option"},
        {"LIFE-1", "starts-with-options", "an instance starts with good options"},
        {"LIFE-2", "orders-of-life", "cleanup and release work after any call and any failure"},
        {"LIFE-3", "thousand-lives", "a thousand instances leave no memory behind"},
        {"LIFE-4", "missing-services", "a host without services is survived"},
        {"QUERY-1", "unknown-capability", "an unknown capability id gives null"},
        {"QUERY-2", "declared-capabilities", "every declared capability is there"},
        {"OUTCOME-1", "one-verdict", "every call ends with exactly one verdict"},
        {"OUTCOME-2", "known-reasons", "reason codes are those of reason.h"},
        {"OUTCOME-3", "facts-are-json", "facts have names and hold JSON"},
        {"OUTCOME-4", "verdict-last", "nothing follows the verdict"},
        {"OUTCOME-5", "artifacts-wellformed", "artifacts have names, media types and a base that exists"},
        {"OUTCOME-6", "refused-writes", "a refused write never ends in done"},
        {"OUTCOME-7", "waiting-has-an-id", "waiting names what it waits for"},
        {"PROBE-1", "probe-range", "probe answers 0 to 100"},
        {"SEAL-1", "seal-checks-itself", "a seal that does not verify is never done"},
        {"MALFORMED-1", "malformed-inputs", "hostile documents and params get a verdict, never a crash"},
        {"LIMITS-1", "deadline", "every call ends within its deadline"},
        {"CANCEL-1", "cancellation", "a cancelled call ends soon"},
        {"DETERMINISM-1", "same-bytes",
         "a pure call gives the same result in another process at another time"},
        {"KEY-1", "same-request", "the same key gives the same request"},
        {"QUIET-1", "no-output", "nothing is written to stdout or stderr"},
        {"QUIET-2", "process-untouched",
         "directory, environment, locale, umask and signals stay as they were"},
        {"QUIET-3", "nothing-left", "no thread and no descriptor outlives the instance"},
        {"SECRETS-1", "secrets-stay-hidden", "no secret appears in a result, a log line or a request"},
        {"HTTP-1", "exchange-ends", "an exchange ends within ten steps, whatever the service answers"},
        {"HTTP-2", "verdict-fits-answer", "no failure of the wire or the service is taken for success"},
        {"HTTP-3", "retry-after", "Retry-After is passed on"},
        {"HTTP-4", "requests-wellformed", "requests are well-formed"},
        {"PROGRAMS-1", "declared-programs", "no program is run that the metadata do not declare"},
        {"NETWORK-1", "unreachable-network", "a blocking call that reaches nobody is not done"},
    };
    return all;
}

}  // namespace greffe::conformance
