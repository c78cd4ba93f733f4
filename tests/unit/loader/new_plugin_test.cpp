// SPDX-License-Identifier: Apache-2.0
#include "loader/new_plugin.h"

#include "support/temporary_directory.h"
#include "sys/files.h"

#include <gmock/gmock.h>

#include <fstream>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const std::string kTemplate = GREFFE_SOURCE_DIR "/plugins/template";

TEST(NewPlugin, CopiesTheTemplateUnderAnotherName) {
    const TemporaryDirectory directory;
    const auto folder = newPlugin(kTemplate, "sign-my-house2", directory.path());
    ASSERT_TRUE(folder) << folder.error().text();
    EXPECT_EQ(*folder, directory.path() + "/sign-my-house2");
    int files = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(*folder)) {
        if (!entry.is_regular_file()) continue;
        ++files;
        const std::string text = readFile(entry.path().string(), 1U << 20U).value();
        for (const char* old : {"transform-template", "transform_template", "TransformTemplate"}) {
            EXPECT_THAT(text, Not(HasSubstr(old))) << entry.path();
            EXPECT_THAT(entry.path().string(), Not(HasSubstr(old)));
        }
    }
    EXPECT_GE(files, 10);
    EXPECT_THAT(readFile(*folder + "/plugin.cpp", 1U << 20U).value(),
                HasSubstr("GREFFE_EXPORT_PLUGIN(\"sign-my-house2\""));
    EXPECT_THAT(readFile(*folder + "/sign_my_house2.h", 1U << 20U).value(),
                HasSubstr("class SignMyHouse2 final"));
    EXPECT_TRUE(fs::exists(*folder + "/tests/sign_my_house2_test.cpp"));
}

TEST(NewPlugin, LeavesOutWhatIsNotSource) {
    const TemporaryDirectory directory;
    const std::string from = directory.path() + "/from";
    fs::create_directories(from + "/build");
    std::ofstream(from + "/build/x.o") << "x";
    std::ofstream(from + "/.hidden") << "x";
    std::ofstream(from + "/a.txt") << "transform-template";
    fs::create_symlink("/etc/passwd", from + "/link");
    const auto folder = newPlugin(from, "sign-mine", directory.path());
    ASSERT_TRUE(folder) << folder.error().text();
    EXPECT_EQ(readFile(*folder + "/a.txt", 100).value(), "sign-mine");
    EXPECT_EQ(std::distance(fs::directory_iterator(*folder), fs::directory_iterator()), 1);
}

TEST(NewPlugin, RefusesWhatCannotBe) {
    const TemporaryDirectory directory;
    for (const char* id : {"", "sign", "Sign-x", "../sign-x", "sign-", "transform-template"})
        EXPECT_EQ(newPlugin(kTemplate, id, directory.path()).error().code, Errc::Invalid) << id;
    EXPECT_EQ(newPlugin(directory.path() + "/none", "sign-x", directory.path()).error().code, Errc::NotFound);
    fs::create_directory(directory.path() + "/sign-x");
    EXPECT_EQ(newPlugin(kTemplate, "sign-x", directory.path()).error().code, Errc::Exists);
}

TEST(NewPlugin, LeavesNothingHalfDone) {
    const TemporaryDirectory directory;
    const std::string from = directory.path() + "/from";
    fs::create_directories(from);
    std::ofstream(from + "/a.txt") << "x";
    std::ofstream(from + "/large.bin") << std::string(2U << 20U, 'x');
    EXPECT_FALSE(newPlugin(from, "sign-x", directory.path()));
    EXPECT_FALSE(fs::exists(directory.path() + "/sign-x"));
}

}  // namespace
}  // namespace greffe
