// SPDX-License-Identifier: Apache-2.0
#include "intake/folders_apart.h"

#include "support/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class FoldersApart : public ::testing::Test {
protected:
    FoldersApart() {
        for (const char* name : {"in", "in2", "in/inner", "kept"})
            fs::create_directories(at(name));
        fs::create_directory_symlink(at("in"), at("link"));
        fs::create_directory_symlink(at("in/inner"), at("link-inside"));
    }
    std::string at(const std::string& below) const { return folder_.path() + "/" + below; }
    NamedFolder drop(const std::string& below) const { return {"intake \"" + below + "\"", at(below)}; }
    std::string problem(const std::vector<std::string>& drops, const std::string& kept = "kept") const {
        std::vector<NamedFolder> all;
        for (const std::string& one : drops)
            all.push_back(drop(one));
        const Status apart = checkApart(all, {{"the spool", at(kept)}});
        return apart ? "" : apart.error().message;
    }

    TemporaryDirectory folder_;
};

TEST_F(FoldersApart, AreTheyWhateverTheyAreCalled) {
    EXPECT_EQ(problem({"in", "in2"}), "");
    EXPECT_THAT(problem({"in", "link"}), AllOf(HasSubstr("intake \"in\""), HasSubstr("are one folder")));
    EXPECT_THAT(problem({"in", "in2/../in"}), HasSubstr("are one folder"));
    EXPECT_THAT(problem({"in", "link-inside"}), HasSubstr("lies inside intake \"in\""));
    EXPECT_THAT(problem({"link-inside", "in"}), HasSubstr("lies inside intake \"in\""));
    EXPECT_EQ(problem({"in", "not-there", "not-there-too"}), "") << "whoever opens them says so";
}

TEST_F(FoldersApart, WhatIsKeptLiesInNoDropFolderAndNoDropFolderInIt) {
    EXPECT_THAT(problem({"in"}, "link/spool"), AllOf(HasSubstr("the spool"), HasSubstr("lies inside")));
    EXPECT_THAT(problem({"in"}, "link-inside"), HasSubstr("lies inside"));
    EXPECT_THAT(problem({"in"}, "."), HasSubstr("intake \"in\" ("));
    EXPECT_THAT(problem({"in"}, "link"), HasSubstr("are one folder"));
}

TEST_F(FoldersApart, WhatIsToBeMadeIsJudgedByWhereItWouldBe) {
    const auto outside = [&](const std::string& path) {
        return checkOutside({"the backup", path}, {drop("in"), {"the spool", at("kept")}}).ok();
    };
    EXPECT_TRUE(outside(at("backup")));
    EXPECT_TRUE(outside(folder_.path()));
    EXPECT_TRUE(outside("/"));
    EXPECT_FALSE(outside(at("in/backup/today")));
    EXPECT_FALSE(outside(at("link/backup")));
    EXPECT_FALSE(outside(at("kept")));
}

}  // namespace
}  // namespace greffe
