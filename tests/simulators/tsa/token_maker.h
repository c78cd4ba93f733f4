// SPDX-License-Identifier: Apache-2.0
// A time-stamp authority's work, right or wrong on purpose.
//
// OpenSSL's own TS_RESP_create_response refuses to be a bad authority (it checks its certificate's purpose,
// for one), so the token is signed with the CMS interface, where every mistake can be made.
//
// Thread-safe after construction.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "simulators/pki/pki_room.h"
#include "support/test_pki.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::simulators {

class TokenMaker {
public:
    // Its certificates come from `room`, the good one valid from "valid_from_seconds" to
    // "valid_until_seconds" of `config`, counted from now (an hour ago, in a year).
    TokenMaker(PkiRoom& room, TestKey key, std::string policyOid, const Json& config);

    // The DER TimeStampResp for a DER TimeStampReq. `fault` is an entry of the fault plan, or null. A request
    // that is not one gets the status rejection with badDataFormat, as from a real authority.
    std::string answer(std::string_view request, std::uint64_t serial, std::int64_t nowUnix,
                       const Json& fault) const;

    // Names for FaultPlan: mistakes inside the answer, see README.md.
    static std::vector<std::string> faults();

    const TestIdentity& identity() const { return identity_; }
    const std::string& policyOid() const { return policyOid_; }

private:
    struct Order;
    const TestIdentity& signerFor(const std::string& fault) const;
    std::string stampedContent(const Order& order) const;
    std::string signedToken(const std::string& content, const std::string& fault) const;

    std::string policyOid_;
    TestIdentity identity_;
    TestIdentity expired_;
    TestIdentity withoutPurpose_;
    TestIdentity notCritical_;
    TestIdentity twoPurposes_;
    TestIdentity stranger_;
};

}  // namespace greffe::simulators
