#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scripts/requirements on small made-up projects: what it counts as a test, and what makes it fail."""

import os
import subprocess
import sys
import tempfile
import unittest

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "requirements")
HEADER = "id\tstatus\twhat\n"
RECEIPT = """#include "receipt.h"

// CE-01: a brace } in a comment, and '"' in a text, open and close nothing.
TEST(Receipt, Says) {
    EXPECT_EQ(text, "}\\"{");
    const char brace = '{';
}

TEST(Receipt, IsSilent) {}
"""
SPECS = """return {
  -- GB-02
  spec "a \\"quoted\\" name" { drop {}, expect { state = "done" } },
  spec "another" { drop {} },
}
"""


def ctest(*cases):
    """What ctest --output-junit writes: both names are the whole one."""
    inside = {"fail": "<failure/>", "notrun": '<skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>'}
    return "<testsuite>" + "".join(
        f'<testcase name="{name}" classname="{name}" status="{status}">{inside.get(status, "")}</testcase>' for name, status in cases
    ) + "</testsuite>"


def gtest(suite, name, result="completed", inside=""):
    return (
        f'<testsuites><testsuite name="x"><testcase name="{name}" classname="{suite}" file="../tests/a_test.cpp" status="run" '
        f'result="{result}">{inside}</testcase></testsuite></testsuites>'
    )


def greffe_test(name, file, inside=""):
    return f'<testsuites><testsuite><testcase classname="seal" name="{name}" file="{file}">{inside}</testcase></testsuite></testsuites>'


class Requirements(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.table(ce_01="done")

    def write(self, path, text):
        whole = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w", encoding="utf-8") as file:
            file.write(text)
        return whole

    def table(self, ce_01="open", gb_02="open"):
        self.write("tests/requirements.tsv", f"{HEADER}CE-01\t{ce_01}\tOne thing\nGB-02\t{gb_02}\tAnother\n")

    def run_tool(self, *results, options=()):
        """Exit code and what was wrong; each of the results is the text of a file."""
        files = [self.write(f"results/{number}.xml", text) for number, text in enumerate(results)]
        command = [sys.executable, TOOL, "--project", self.folder.name, *options, *(["--results", *files] if files else [])]
        end = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        self.said = end.stdout
        return end.returncode, end.stderr

    def expect_good(self, *results):
        self.assertEqual(self.run_tool(*results), (0, ""))

    def expect_fault(self, fault, *results):
        code, faults = self.run_tool(*results)
        self.assertEqual((code, faults.count("\n")), (1, 1), faults)
        self.assertIn(fault, faults)

    def test_a_table_whose_claims_have_tests_is_printed_a_line_a_system(self):
        self.write("tests/unit/a_test.cpp", RECEIPT)
        self.expect_good()
        self.assertRegex(self.said, r"(?m)^CE +1 +1 +1 +0$")
        self.assertRegex(self.said, r"(?m)^GB +1 +0 +0 +1$")
        self.assertRegex(self.said, r"(?m)^all +2 +1 +1 +1$")
        self.assertEqual(self.run_tool(options=["--all", "--system", "CE"])[0], 0)
        self.assertIn("CE-01  done  One thing\n       tests/unit/a_test.cpp:4: Receipt.Says\n", self.said)
        self.assertNotIn("GB-02", self.said)
        self.assertEqual(self.run_tool(options=["--quiet"])[0], 0)
        self.assertEqual(self.said, "")

    def test_what_is_open_needs_no_test_and_may_have_a_failing_one(self):
        self.table()
        self.expect_good()
        self.write("tests/unit/a_test.cpp", RECEIPT)
        self.expect_good(ctest(("Receipt.Says", "fail")))

    def test_a_claim_without_a_test_fails(self):
        self.expect_fault("tests/requirements.tsv:2: CE-01 is done, but no test carries it")

    def test_an_id_counts_in_a_test_or_directly_above_it(self):
        self.write("tests/a_test.cpp", "TEST_F(Receipt, Says) {\n    go();  // CE-01\n}\n")
        self.expect_good()
        for elsewhere in ["// CE-01\n\n", "// CE-01\nint helper() { return 1; }\n", "int helper();  // CE-01\n", "TEST(A, B) {}  // CE-01\n"]:
            self.write("tests/a_test.cpp", elsewhere + "TEST_F(Receipt, Says) {}\n")
            self.expect_fault("no test carries it; tests/a_test.cpp:1 names it, outside of every test")

    def test_only_tests_and_specs_are_looked_through(self):
        self.write("tests/README.md", "CE-01 and CE-99\n")
        self.write("daemon/a.cpp", RECEIPT)
        self.expect_fault("no test carries it\n")

    def test_a_disabled_test_is_none_and_its_comment_is_not_the_next_ones(self):
        self.write("tests/a_test.cpp", "// CE-01\nTEST(Receipt, DISABLED_Says) {}\nTEST(Receipt, IsSilent) {}\n")
        self.expect_fault("no test carries it")
        self.write("tests/a_test.cpp", "// CE-01\n// TEST(Receipt, Says) {}\n")
        self.expect_fault("no test carries it")

    def test_an_id_that_the_table_does_not_have_is_a_fault_at_its_line(self):
        self.write("tests/unit/a_test.cpp", RECEIPT)
        self.write("config/tests/seal.lua", SPECS.replace("GB-02", "GB-03"))
        self.expect_fault("config/tests/seal.lua:2: GB-03 is not in tests/requirements.tsv")

    def test_every_test_that_carries_a_claim_must_have_passed(self):
        self.write("tests/unit/a_test.cpp", RECEIPT)
        passed = ctest(("Receipt.Says", "run"), ("Receipt.IsSilent", "fail"))
        self.expect_good(passed)
        at = "tests/unit/a_test.cpp:4: CE-01 is done, but its test "
        self.expect_fault(at + "failed: Receipt.Says", ctest(("Receipt.Says", "fail")))
        self.expect_fault(at + "was skipped", ctest(("Receipt.Says", "notrun")))
        self.expect_fault(at + "was skipped", ctest(("Receipt.Says", "disabled")))
        self.expect_fault(at + "did not run", ctest(("Receipt.IsSilent", "run")))
        self.write("plugins/x/tests/b_test.cpp", "// CE-01\nTEST(Other, Says) {}\n")
        self.expect_fault("plugins/x/tests/b_test.cpp:2: CE-01 is done, but its test did not run", passed)

    def test_results_of_googletest_are_read_too(self):
        self.write("tests/unit/a_test.cpp", RECEIPT)
        self.expect_good(gtest("Receipt", "Says"))
        self.expect_fault("failed", gtest("Receipt", "Says", inside='<failure message="no"/>'))
        self.expect_fault("was skipped", gtest("Receipt", "Says", result="skipped", inside="<skipped/>"))
        self.expect_fault("was skipped", gtest("Receipt", "Says", result="suppressed"))

    def test_several_files_are_one_run(self):
        self.write("tests/unit/a_test.cpp", RECEIPT)
        skipped, passed, failed = (ctest(("Receipt.Says", status)) for status in ["notrun", "run", "fail"])
        self.expect_good(skipped, gtest("Receipt", "Says"))
        self.expect_good(passed, gtest("Receipt", "Says", result="skipped", inside="<skipped/>"))
        self.expect_fault("failed", passed, failed)
        self.expect_fault("failed", failed, passed)

    def test_a_parameterised_test_must_pass_with_each_parameter(self):
        self.write("tests/a_test.cpp", "// CE-01\nTEST_P(Matrix, Holds) {}\n")
        self.expect_good(ctest(("Each/Matrix.Holds/rsa", "run"), ("Each/Matrix.Holds/ec", "run"), ("Matrix.HoldsNot", "fail")))
        for status, outcome in [("fail", "failed"), ("notrun", "was skipped")]:
            cases = ctest(("Each/Matrix.Holds/rsa", "run"), ("Each/Matrix.Holds/ec", status))
            self.expect_fault(f"{outcome}: Matrix.Holds", cases)
        self.expect_good(cases, gtest("Each/Matrix", "Holds/ec"))
        self.expect_fault("was skipped", cases, gtest("Each/Matrix", "Holds/rsa"))

    def test_a_spec_is_known_by_its_name_and_file(self):
        self.table(gb_02="done")
        self.write("config/tests/seal.lua", SPECS)
        self.expect_good()
        name = "a &quot;quoted&quot; name"
        self.expect_good(greffe_test(name, "config/tests/seal.lua"))
        self.expect_good(greffe_test(name, "../project/config/tests/seal.lua"))
        at = 'config/tests/seal.lua:3: GB-02 is done, but its test {}: a "quoted" name'
        self.expect_fault(at.format("failed"), greffe_test(name, "config/tests/seal.lua", "<failure/>"))
        self.expect_fault(at.format("was skipped"), greffe_test(name, "config/tests/seal.lua", "<skipped/>"))
        self.expect_fault(at.format("did not run"), greffe_test(name, "config/tests/other.lua"))
        self.expect_fault(at.format("did not run"), greffe_test("another", "config/tests/seal.lua"))

    def test_results_that_cannot_be_read_are_a_fault(self):
        self.write("tests/unit/a_test.cpp", RECEIPT)
        self.expect_fault("results/1.xml:1: no JUnit XML", ctest(("Receipt.Says", "run")), "<testsuite>")

    def test_a_table_that_is_not_well_formed_is_a_fault_at_its_line(self):
        for table, fault in [
            ("CE-01\topen\tOne thing\n", ":1: the first line is not"),
            (HEADER + "CE-01 open One thing\n", ":2: not a line of id, status and what"),
            (HEADER + "CE-01\topen\t \n", ":2: not a line of id, status and what"),
            (HEADER + "XX-01\topen\tOne thing\n", ":2: not a line of id, status and what"),
            (HEADER + "CE-01\tperhaps\tOne thing\n", ":2: CE-01: no such status: 'perhaps'"),
            (HEADER + "CE-01\topen\tOne thing\nCE-01\topen\tOne thing\n", ":3: CE-01 stands in line 2 already"),
        ]:
            self.write("tests/requirements.tsv", table)
            self.expect_fault("tests/requirements.tsv" + fault)
        os.remove(os.path.join(self.folder.name, "tests/requirements.tsv"))
        self.expect_fault("tests/requirements.tsv:1: ")


if __name__ == "__main__":
    unittest.main()
