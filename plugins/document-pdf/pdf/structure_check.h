// SPDX-License-Identifier: Apache-2.0
// Proves that a sealed file is the original file plus one honest increment. Independent of the writer: it
// reads both files with a reader of its own (plain_reader.h).
//
// What it proves:
//   the original's bytes come first, unchanged; the new section is of the original's newest kind, points at
//   it, and every earlier section is reached as before; Root, Info, ID and Encrypt are the original's; each
//   offset leads to its object; of the existing objects only catalog, form, page and their lists were written
//   again, and in them only /AcroForm, /Fields, /SigFlags, /Annots and /Perms differ, by one added reference;
//   every other value has its original bytes; the new signature's byte range leaves out exactly the
//   hexadecimal string of its contents and reaches the file's end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace greffe::pdf {

// What is wrong, one sentence each; empty when nothing is.
std::vector<std::string> structureFaults(std::string_view original, std::string_view sealed);

}  // namespace greffe::pdf
