// SPDX-License-Identifier: Apache-2.0
#include "loader/elf_section.h"

#include <elf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace greffe {
namespace {

// A plugin of ours has about 40 sections and 12 segments; what has thousands was made to hurt.
constexpr std::uint64_t kMaxHeaders = 4096;
constexpr std::uint64_t kMaxNameTableBytes = 1U << 20U;

class ElfReader {
public:
    ElfReader(int fd, std::uint64_t fileBytes, const std::string& path)
        : fd_(fd), fileBytes_(fileBytes), path_(path) {}

    Status readHeader() {
        GREFFE_TRY(readAt(0, &header_, sizeof header_, "ELF header"));
        if (std::memcmp(header_.e_ident, ELFMAG, SELFMAG) != 0) return damaged("not an ELF file");
        if (header_.e_ident[EI_CLASS] != ELFCLASS64 || header_.e_ident[EI_DATA] != ELFDATA2LSB)
            return damaged("not a 64-bit little-endian ELF file");
        if (header_.e_type != ET_DYN) return damaged("not a shared object");
        if (header_.e_shoff == 0 || header_.e_shnum == 0) return damaged("no section table");
        if (header_.e_shentsize != sizeof(Elf64_Shdr) || header_.e_phentsize != sizeof(Elf64_Phdr))
            return damaged("section or segment headers of an unknown size");
        if (header_.e_shnum > kMaxHeaders || header_.e_phnum > kMaxHeaders)
            return damaged("too many headers");
        return {};
    }

    // Everything that the dynamic loader would map lies inside the file.
    Status checkSegments() {
        std::vector<Elf64_Phdr> segments(header_.e_phnum);
        GREFFE_TRY(
            readAt(header_.e_phoff, segments.data(), segments.size() * sizeof(Elf64_Phdr), "segment table"));
        bool isLoadable = false;
        for (const Elf64_Phdr& segment : segments) {
            if (!isInside(segment.p_offset, segment.p_filesz))
                return damaged("a segment reaches past the end");
            if (segment.p_type == PT_LOAD) isLoadable = true;
        }
        if (!isLoadable) return damaged("nothing to load");
        return {};
    }

    Status readSections() {
        sections_.resize(header_.e_shnum);
        GREFFE_TRY(readAt(header_.e_shoff, sections_.data(), sections_.size() * sizeof(Elf64_Shdr),
                          "section table"));
        for (const Elf64_Shdr& section : sections_)
            if (section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL &&
                !isInside(section.sh_offset, section.sh_size))
                return damaged("a section reaches past the end");
        if (header_.e_shstrndx >= sections_.size()) return damaged("no table of section names");
        const Elf64_Shdr& table = sections_[header_.e_shstrndx];
        if (table.sh_type != SHT_STRTAB || table.sh_size == 0 || table.sh_size > kMaxNameTableBytes)
            return damaged("no usable table of section names");
        names_.resize(table.sh_size);
        return readAt(table.sh_offset, names_.data(), names_.size(), "section names");
    }

    Result<std::string> section(std::string_view name, std::uint64_t maxBytes) const {
        const Elf64_Shdr* found = nullptr;
        for (const Elf64_Shdr& section : sections_) {
            if (nameOf(section) != name) continue;
            // Two would let one reader see one plugin and the next another.
            if (found != nullptr) return damaged(fmt::format("two sections \"{}\"", name));
            found = &section;
        }
        if (found == nullptr)
            return makeError(Errc::NotFound, fmt::format("{}: no section \"{}\"", path_, name));
        if (found->sh_type != SHT_PROGBITS)
            return damaged(fmt::format("section \"{}\" holds no bytes", name));
        if ((found->sh_flags & SHF_COMPRESSED) != 0)
            return damaged(fmt::format("section \"{}\" is compressed", name));
        if (found->sh_size > maxBytes)
            return makeError(Errc::Invalid,
                             fmt::format("{}: section \"{}\" has {} bytes, at most {} are read", path_, name,
                                         found->sh_size, maxBytes));
        std::string bytes(found->sh_size, '\0');
        GREFFE_TRY(readAt(found->sh_offset, bytes.data(), bytes.size(), "section"));
        return bytes;
    }

private:
    bool isInside(std::uint64_t offset, std::uint64_t size) const {
        return offset <= fileBytes_ && size <= fileBytes_ - offset;
    }

    Error damaged(std::string_view what) const {
        return makeError(Errc::Corrupt, fmt::format("{}: {}", path_, what),
                         "install the plugin's file again");
    }

    std::string_view nameOf(const Elf64_Shdr& section) const {
        if (section.sh_name >= names_.size()) return {};
        const std::size_t end = names_.find('\0', section.sh_name);
        if (end == std::string::npos) return {};
        return std::string_view(names_).substr(section.sh_name, end - section.sh_name);
    }

    Status readAt(std::uint64_t offset, void* to, std::size_t size, std::string_view what) const {
        if (!isInside(offset, size)) return damaged(fmt::format("the {} reaches past the end", what));
        auto* bytes = static_cast<char*>(to);
        for (std::size_t done = 0; done < size;) {
            const ssize_t count = ::pread(fd_, bytes + done, size - done, static_cast<off_t>(offset + done));
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return systemError(path_ + ": cannot read", errno);
            if (count == 0) return damaged("the file became shorter while it was read");
            done += static_cast<std::size_t>(count);
        }
        return {};
    }

    int fd_;
    std::uint64_t fileBytes_;
    const std::string& path_;
    Elf64_Ehdr header_{};
    std::vector<Elf64_Shdr> sections_;
    std::string names_;
};

}  // namespace

Result<std::string> readElfSection(int fd, std::uint64_t fileBytes, const std::string& path,
                                   std::string_view name, std::uint64_t maxBytes) {
    ElfReader reader(fd, fileBytes, path);
    GREFFE_TRY(reader.readHeader());
    GREFFE_TRY(reader.checkSegments());
    GREFFE_TRY(reader.readSections());
    return reader.section(name, maxBytes);
}

}  // namespace greffe
