// SPDX-License-Identifier: Apache-2.0
// Changes the plugin of these tests, byte by byte, into files that a plugin directory should never hold.
#pragma once

#include "sys/files.h"

#include <elf.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>
#include <string>

namespace greffe {

inline std::string testPluginPath() {
    return GREFFE_TEST_PLUGIN;
}

inline std::string readTestPlugin() {
    return readFile(testPluginPath(), 64U << 20U).value();
}

inline std::string writePlugin(const std::string& directory, const std::string& bytes,
                               const char* name = "test-echo.so", mode_t mode = 0644) {
    const std::string path = directory + "/" + name;
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ::chmod(path.c_str(), mode);
    return path;
}

inline Elf64_Ehdr headerOf(const std::string& elf) {
    Elf64_Ehdr header;
    std::memcpy(&header, elf.data(), sizeof header);
    return header;
}

// Offset in the file of the header of the section called `name`.
inline std::size_t sectionHeaderAt(const std::string& elf, const char* name) {
    const Elf64_Ehdr header = headerOf(elf);
    Elf64_Shdr names;
    std::memcpy(&names, elf.data() + header.e_shoff + header.e_shstrndx * sizeof names, sizeof names);
    for (std::size_t i = 0; i < header.e_shnum; ++i) {
        const std::size_t at = header.e_shoff + i * sizeof(Elf64_Shdr);
        Elf64_Shdr section;
        std::memcpy(&section, elf.data() + at, sizeof section);
        if (std::strcmp(elf.data() + names.sh_offset + section.sh_name, name) == 0) return at;
    }
    return 0;
}

template <class T>
void poke(std::string& elf, std::size_t at, T value) {
    std::memcpy(elf.data() + at, &value, sizeof value);
}

// Replaces text of the same length everywhere in the file: in the metadata, in the descriptor's strings, or
// both.
inline int replaceText(std::string& elf, std::string_view from, std::string_view to) {
    int count = 0;
    for (std::size_t at = elf.find(from); at != std::string::npos;
         at = elf.find(from, at + to.size()), ++count)
        elf.replace(at, from.size(), to);
    return count;
}

}  // namespace greffe
