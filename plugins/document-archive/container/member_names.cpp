// SPDX-License-Identifier: Apache-2.0
#include "member_names.h"

#include "utf8.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace greffe::container {
namespace {

constexpr std::size_t kLongestOutgoing = 120;

// U+00C0 to U+017F, two characters each: the letter without its accent, and which accent; blanks where a
// letter cannot be taken apart. From UnicodeData.txt, canonical decompositions.
constexpr std::string_view kLatin =
    "A`A'A^A~A:Ao  C,E`E'E^E:I`I'I^I:  N~O`O'O^O~O:    U`U'U^U:Y'    "
    "a`a'a^a~a:ao  c,e`e'e^e:i`i'i^i:  n~o`o'o^o~o:    u`u'u^u:y'  y:"
    "A-a-AuauA;a;C'c'C^c^C.c.CvcvDvdv    E-e-EueuE.e.E;e;EvevG^g^Gugu"
    "G.g.G,g,H^h^    I~i~I-i-IuiuI;i;I.      J^j^K,k,  L'l'L,l,Lvlv  "
    "      N'n'N,n,Nvnv      O-o-OuouO\"o\"    R'r'R,r,RvrvS's'S^s^S,s,"
    "SvsvT,t,Tvtv    U~u~U-u-UuuuUouoU\"u\"U;u;W^w^Y^y^Y:Z'z'Z.z.Zvzv  ";
static_assert(kLatin.size() == 2U * (0x180 - 0xc0));

// The combining character of an accent letter of the table.
char32_t combining(char accent) {
    switch (accent) {
        case '`': return 0x300;
        case '\'': return 0x301;
        case '^': return 0x302;
        case '~': return 0x303;
        case '-': return 0x304;
        case 'u': return 0x306;
        case '.': return 0x307;
        case ':': return 0x308;
        case 'o': return 0x30a;
        case '"': return 0x30b;
        case 'v': return 0x30c;
        case ',': return 0x327;
        default: return 0x328;
    }
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Upper-case letters of the table's range that have no decomposition: Æ Ð Ø Þ Đ Ħ Ĳ Ŀ Ł Ŋ Œ Ŧ.
constexpr char32_t kPlainUpper[] = {0xc6,  0xd0,  0xd8,  0xde,  0x110, 0x126,
                                    0x132, 0x13f, 0x141, 0x14a, 0x152, 0x166};

void appendFolded(std::string& folded, char32_t point) {
    if (point < 0x80) {
        folded += lower(static_cast<char>(point));
        return;
    }
    if (point >= 0xc0 && point < 0x180) {
        const std::size_t at = std::size_t{2} * (point - 0xc0);
        if (kLatin[at] != ' ') {
            folded += lower(kLatin[at]);
            return appendUtf8(folded, combining(kLatin[at + 1]));
        }
        if (std::find(std::begin(kPlainUpper), std::end(kPlainUpper), point) != std::end(kPlainUpper))
            return appendUtf8(folded, point < 0x100 ? point + 0x20 : point + 1);
    }
    appendUtf8(folded, point);
}

bool isDriveLetter(std::string_view name) {
    return name.size() >= 2 && name[1] == ':' && lower(name[0]) >= 'a' && lower(name[0]) <= 'z';
}

// Why the name may not come in, or nullptr.
const char* unsafeBecause(std::string_view name, const Limits& limits) {
    if (name.empty()) return "has no name";
    if (name.size() > limits.maxNameBytes) return "has a name that is too long";
    if (name.front() == '/') return "has an absolute name";
    if (isDriveLetter(name)) return "has a name with a drive letter";
    if (name.find('\\') != std::string_view::npos) return "has a backslash in its name";
    // A name that is not UTF-8 may be of any old code page, where bytes from 0x80 on are letters.
    const bool isText = isUtf8(name);
    for (std::string_view rest = name; !rest.empty();) {
        char32_t point = static_cast<unsigned char>(rest[0]);
        rest.remove_prefix(isText ? decodeOne(rest, point) : 1);
        if (isText || point < 0x80)
            if (isDeceptive(point))
                return point < 0xa0 ? "has a control character in its name"
                                    : "has an invisible or direction-changing character in its name";
    }
    std::size_t folders = 0;
    for (std::string_view rest = name; !rest.empty();) {
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        if (rest.substr(0, slash) == "..") return "climbs out of the archive by \"..\"";
        rest.remove_prefix(std::min(slash + 1, rest.size()));
        if (++folders > limits.maxFoldersInName) return "lies in too many folders";
    }
    return nullptr;
}

// Orders "a/b" directly behind "a", before "a b": whoever is inside a name then stands behind it.
bool pathLess(const std::string& left, const std::string& right) {
    return std::lexicographical_compare(
        left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
            const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c) + 1; };
            return rank(a) < rank(b);
        });
}

// NUL.pdf opens a device on Windows, as NUL does.
bool isDeviceName(std::string_view name) {
    std::string stem;
    for (const char c : name.substr(0, name.find('.')))
        stem += lower(c);
    for (const std::string_view device : {"con", "prn", "aux", "nul"})
        if (stem == device) return true;
    return stem.size() == 4 && (stem.compare(0, 3, "com") == 0 || stem.compare(0, 3, "lpt") == 0) &&
           stem[3] >= '0' && stem[3] <= '9';
}

// At most `room` bytes of whole characters.
std::string_view clip(std::string_view text, std::size_t room) {
    if (text.size() <= room) return text;
    while (room > 0 && (static_cast<unsigned char>(text[room]) & 0xc0U) == 0x80)
        --room;
    return text.substr(0, room);
}

std::string harmless(std::string_view name) {
    if (const std::size_t slash = name.rfind('/'); slash != std::string_view::npos)
        name.remove_prefix(slash + 1);
    std::string text;
    while (!name.empty()) {
        char32_t point = 0;
        const std::size_t length = decodeOne(name, point);
        const bool isForbidden =
            length == 0 || isDeceptive(point) ||
            (point < 0x80 &&
             std::string_view("\\:*?\"<>|").find(static_cast<char>(point)) != std::string_view::npos);
        if (isForbidden)
            text += '_';
        else
            text += name.substr(0, length);
        name.remove_prefix(length == 0 ? 1 : length);
    }
    // Windows drops dots and blanks at the end, and hidden files are easily overlooked.
    while (!text.empty() && (text.back() == '.' || text.back() == ' '))
        text.pop_back();
    if (!text.empty() && (text.front() == '.' || text.front() == ' ')) text.front() = '_';
    if (text.empty()) text = "document";
    return isDeviceName(text) ? "_" + text : text;
}

}  // namespace

std::string comparableName(std::string_view name) {
    std::string folded;
    folded.reserve(name.size());
    const bool isText = isUtf8(name);
    while (!name.empty()) {
        const std::size_t slash = std::min(name.find('/'), name.size());
        std::string_view part = name.substr(0, slash);
        name.remove_prefix(std::min(slash + 1, name.size()));
        if (part.empty() || part == ".") continue;
        if (!folded.empty()) folded += '/';
        while (!part.empty()) {
            char32_t point = 0;
            const std::size_t length = isText ? decodeOne(part, point) : 1;
            if (isText)
                appendFolded(folded, point);
            else
                folded += lower(part[0]);
            part.remove_prefix(length);
        }
    }
    return folded;
}

Check MemberNames::add(std::string_view name, bool isDirectory) {
    if (entries_.size() >= limits_.maxEntries)
        return unsafe("the archive has more than " + std::to_string(limits_.maxEntries) + " entries");
    if (const char* const because = unsafeBecause(name, limits_))
        return unsafe("member \"" + displayName(name) + "\" " + because);
    Entry entry{comparableName(name), displayName(name), isDirectory};
    if (entry.comparable.empty()) {
        if (isDirectory) return {};  // "./", the archive's own root
        return unsafe("member \"" + entry.shown + "\" has no name of its own");
    }
    entries_.push_back(std::move(entry));
    return {};
}

Check MemberNames::finish() {
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return pathLess(a.comparable, b.comparable); });
    for (std::size_t i = 1; i < entries_.size(); ++i) {
        const Entry& before = entries_[i - 1];
        const Entry& entry = entries_[i];
        if (before.comparable == entry.comparable) {
            if (before.isDirectory && entry.isDirectory) continue;
            return unsafe("members \"" + before.shown + "\" and \"" + entry.shown +
                          "\" have the same name, or would have it on a disk that does not tell case");
        }
        const bool isInside = entry.comparable.size() > before.comparable.size() &&
                              entry.comparable.compare(0, before.comparable.size(), before.comparable) == 0 &&
                              entry.comparable[before.comparable.size()] == '/';
        if (isInside && !before.isDirectory)
            return unsafe("member \"" + before.shown + "\" is a file and the folder of \"" + entry.shown +
                          "\"");
    }
    return {};
}

std::string OutgoingNames::assign(std::string_view folder, std::string_view name) {
    const std::string wanted = harmless(name);
    const std::size_t dot = wanted.rfind('.');
    const bool hasEnding = dot != std::string::npos && dot > 0 && wanted.size() - dot <= 16;
    const std::string ending = hasEnding ? wanted.substr(dot) : std::string();
    const std::string stem = hasEnding ? wanted.substr(0, dot) : wanted;
    for (std::uint32_t number = 1;; ++number) {
        const std::string tail = (number == 1 ? "" : " (" + std::to_string(number) + ")") + ending;
        std::string candidate(folder);
        candidate += clip(stem, kLongestOutgoing - tail.size());
        candidate += tail;
        std::string comparable = comparableName(candidate);
        const auto at = std::lower_bound(taken_.begin(), taken_.end(), comparable);
        if (at != taken_.end() && *at == comparable) continue;
        taken_.insert(at, std::move(comparable));
        return candidate;
    }
}

}  // namespace greffe::container
