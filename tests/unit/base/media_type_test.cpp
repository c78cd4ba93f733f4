// SPDX-License-Identifier: Apache-2.0
#include "base/media_type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greffe {
namespace {

TEST(MediaType, IsWhatTheFirstBytesSay) {
    EXPECT_EQ(sniffMediaType("%PDF-1.7"), "application/pdf");
    EXPECT_EQ(sniffMediaType(std::string(900, 'x') + "%PDF-1.7"), "application/pdf");
    EXPECT_EQ(sniffMediaType(std::string(2'000, 'x') + "%PDF-1.7"), "application/octet-stream");
    EXPECT_EQ(sniffMediaType("PK\3\4..."), "application/zip");
    EXPECT_EQ(sniffMediaType("\xff\xd8\xff\xe0"), "image/jpeg");
    EXPECT_EQ(sniffMediaType("\x89PNG\r\n\x1a\n"), "image/png");
    EXPECT_EQ(sniffMediaType("<?xml version"), "application/xml");
    EXPECT_EQ(sniffMediaType(""), "application/octet-stream");
    for (const char* bytes : {"%PDF-1.7", "PK\3\4", "\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "<?xml", "x"})
        EXPECT_THAT(recognisedMediaTypes(), testing::Contains(sniffMediaType(bytes)));
}

TEST(MediaType, IsComparedWithoutCaseAndByFamily) {
    EXPECT_TRUE(matchesMediaType("Application/PDF", "application/pdf"));
    EXPECT_TRUE(matchesMediaType("image/*", "image/png"));
    EXPECT_TRUE(matchesMediaType("IMAGE/*", "image/png"));
    EXPECT_FALSE(matchesMediaType("image/*", "imagery/png"));
    EXPECT_FALSE(matchesMediaType("image/*", "image/"));
    EXPECT_FALSE(matchesMediaType("image/png", "image/pngx"));
    EXPECT_TRUE(acceptsMediaType({}, "x/y"));
    EXPECT_TRUE(acceptsMediaType({"application/pdf", "image/*"}, "image/jpeg"));
    EXPECT_FALSE(acceptsMediaType({"application/pdf"}, "image/jpeg"));
}

}  // namespace
}  // namespace greffe
