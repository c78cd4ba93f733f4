// SPDX-License-Identifier: Apache-2.0
#include "seal-pades/seal_request.h"

#include "seal-pades/seal_plan.h"

#include <gtest/gtest.h>

namespace greffe::seal_pades {
namespace {

TEST(SealRequest, ReadsEveryParam) {
    const auto request =
        readSealRequest(R"({"signing_time_unix":1795300000,"field_name":"Cachet","level":"B-T",
        "reserve_bytes":20000,"certify":2,"name":"Étude Martin","reason":"Bail signé","location":"Lyon","contact":"x@y",
        "placement":{"page":"last","x":60,"y":640.5,"width":180,"height":50},"lines":["a","b"],"key":"company"})");
    ASSERT_TRUE(request) << request.refusal().text;
    EXPECT_EQ(request->signingTimeUnix, 1795300000);
    EXPECT_EQ(request->fieldName, "Cachet");
    EXPECT_EQ(request->reserveBytes, 20000U);
    EXPECT_EQ(request->certify, 2);
    EXPECT_EQ(request->name, "Étude Martin");
    EXPECT_EQ(request->placement->page, 0U);
    EXPECT_EQ(request->placement->y, 640.5);
    EXPECT_EQ(request->lines, (std::vector<std::string>{"a", "b"}));
}

TEST(SealRequest, ReservesMoreForATimestamp) {
    EXPECT_EQ(readSealRequest(R"({"signing_time_unix":1})")->reserveBytes, 8192U);
    EXPECT_EQ(readSealRequest(R"({"signing_time_unix":1,"level":"B-T"})")->reserveBytes, 16384U);
}

TEST(SealRequest, NamesTheParamAtFault) {
    struct Case {
        const char* params;
        const char* param;
    };
    for (const Case& c :
         {Case{"[]", "params"}, Case{"{", "params"}, Case{"{}", "signing_time_unix"},
          Case{R"({"signing_time_unix":"now"})", "signing_time_unix"},
          Case{R"({"signing_time_unix":-1})", "signing_time_unix"},
          Case{R"({"signing_time_unix":1,"level":"B-X"})", "level"},
          Case{R"({"signing_time_unix":1,"reserve_bytes":10})", "reserve_bytes"},
          Case{R"({"signing_time_unix":1,"reserve_bytes":999999999})", "reserve_bytes"},
          Case{R"({"signing_time_unix":1,"certify":4})", "certify"},
          Case{R"({"signing_time_unix":1,"field_name":"a.b"})", "field_name"},
          Case{R"({"signing_time_unix":1,"field_name":""})", "field_name"},
          Case{R"({"signing_time_unix":1,"reason":"a\nb"})", "reason"},
          Case{R"({"signing_time_unix":1,"lines":"a"})", "lines"},
          Case{R"({"signing_time_unix":1,"placement":{"page":0,"x":1,"y":1,"width":1,"height":1}})",
               "placement.page"},
          Case{R"({"signing_time_unix":1,"placement":{"page":1,"x":1,"y":1,"width":1}})", "placement.height"},
          Case{R"({"signing_time_unix":1,"placement":{"page":1,"x":1,"y":1,"width":-1,"height":1}})",
               "placement"}}) {
        const auto request = readSealRequest(c.params);
        ASSERT_FALSE(request) << c.params;
        EXPECT_EQ(request.refusal().reason, Reason::InvalidOptions);
        EXPECT_NE(request.refusal().text.find(c.param), std::string::npos) << request.refusal().text;
    }
}

TEST(SealRequest, DatesAreUtc) {
    EXPECT_EQ(pdfDate(0), "D:19700101000000+00'00'");
    EXPECT_EQ(pdfDate(1795317894), "D:20261122032454+00'00'");
    EXPECT_EQ(pdfDate(4102444799), "D:20991231235959+00'00'");
}

}  // namespace
}  // namespace greffe::seal_pades
