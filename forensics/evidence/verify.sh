#!/bin/sh
# Checks this package with coreutils alone.
#
#   sh verify.sh                    every file against the manifests, the chain of custody, every cited line
#   sh verify.sh --sources FOLDER   also every cited line against the original log files in FOLDER, which are found
#                                   by their SHA-256, whatever they are called now
#
# Prints one line per difference and a count. Ends with 0: all as sealed, 1: something differs, 2: cannot check.
set -u
LC_ALL=C
export LC_ALL

originals=
case ${1-} in
'') ;;
--sources) originals=${2-} ;;
*) echo "usage: sh verify.sh [--sources FOLDER]" >&2; exit 2 ;;
esac
if [ -n "${1-}" ] && ! [ -d "$originals" ]; then
    echo "verify.sh: --sources needs a folder that exists" >&2
    exit 2
fi
if [ -n "$originals" ]; then
    originals=$(cd "$originals" && pwd) || exit 2
fi
case $0 in
*/*) cd "${0%/*}/.." || exit 2 ;;
*) cd .. || exit 2 ;;
esac
if ! [ -f bagit.txt ] && ! [ -f manifest-sha256.txt ]; then
    echo "verify.sh: no package here: this script belongs into its folder data/" >&2
    exit 2
fi

files=0 entries=0 lines=0 absent=0 original_lines=0 bad=0

differs() {
    bad=$((bad + 1))
    printf '%s\n' "DIFFERS  $*"
}

# GNU dd can skip bytes at full speed; any other dd reads them one by one.
if dd if=/dev/null bs=65536 iflag=skip_bytes,count_bytes,fullblock skip=0 count=0 2>/dev/null; then
    cut_bytes() { dd if="$1" bs=65536 iflag=skip_bytes,count_bytes,fullblock skip="$2" count="$3" 2>/dev/null; }
else
    cut_bytes() { dd if="$1" bs=1 skip="$2" count="$3" 2>/dev/null; }
fi

# --- 1. every file named in a manifest, and no other file ---------------------------------------------------------

check_manifest() { # program, manifest
    if ! [ -f "$2" ]; then
        differs "$2 is missing"
        return
    fi
    confirmed=0
    result=$("$1" -c "$2" 2>/dev/null)
    while IFS= read -r line; do
        case $line in
        *': OK') confirmed=$((confirmed + 1)) ;;
        ?*) differs "$line ($2)" ;;
        esac
    done <<RESULT
$result
RESULT
    named=0
    while IFS= read -r line; do named=$((named + 1)); done <"$2"
    [ "$named" -eq "$confirmed" ] || differs "$2 names $named files, $confirmed of them as sealed"
    files=$((files + confirmed))
}

check_manifest sha256sum manifest-sha256.txt
check_manifest sha256sum tagmanifest-sha256.txt
if command -v sha512sum >/dev/null 2>&1; then
    counted=$files
    check_manifest sha512sum manifest-sha512.txt
    check_manifest sha512sum tagmanifest-sha512.txt
    files=$counted
fi

listed="
$(while IFS= read -r line; do printf '%s\n' "${line#*  }"; done <manifest-sha256.txt)
$(while IFS= read -r line; do printf '%s\n' "${line#*  }"; done <tagmanifest-sha256.txt)
tagmanifest-sha256.txt
tagmanifest-sha512.txt
seal/tagmanifest-sha512.txt.sig
seal/allowed_signers
seal/tagmanifest-sha512.txt.tsq
seal/tagmanifest-sha512.txt.tsr
seal/tsa-chain.pem
seal/manifest-sha256.txt
"
find_added() { # folder
    for path in "$1"/* "$1"/.[!.]* "$1"/..?*; do
        path=${path#./}
        if [ -d "$path" ] && ! [ -L "$path" ]; then
            find_added "$path"
        elif [ -e "$path" ] || [ -L "$path" ]; then
            case $listed in
            *"
$path
"*) ;;
            *) differs "$path was added" ;;
            esac
        fi
    done
}
find_added .

# --- 2. the chain of custody: every line names the hash of the line before ----------------------------------------

genesis=0000000000000000000000000000000000000000000000000000000000000000
previous=$genesis
chain=data/custody/custody.jsonl
if ! [ -f "$chain" ]; then # a reader who does not get the entries gets their hashes
    chain=data/custody/custody-hashes.csv
    while IFS=, read -r seq action time sha256 prev; do
        [ "$seq" = seq ] && continue
        entries=$((entries + 1))
        if [ "$seq" != "$entries" ] || [ "$prev" != "$previous" ]; then
            differs "$chain entry $entries does not follow from the entry before it"
        fi
        previous=$sha256
    done <"$chain"
fi
[ "$chain" = data/custody/custody-hashes.csv ] || while IFS= read -r line; do
    entries=$((entries + 1))
    case $line in
    *'"prev":"'"$previous"'"'*) ;;
    *) differs "data/custody/custody.jsonl line $entries does not follow from the line before it" ;;
    esac
    previous=$(printf '%s' "$line" | sha256sum)
    previous=${previous%% *}
done <"$chain"
head= length=
while IFS= read -r line; do
    case $line in
    'Custody-Chain-Head: '*) head=${line#*: } ;;
    'Custody-Chain-Length: '*) length=${line#*: } ;;
    esac
done <bag-info.txt
[ "$head" = "$previous" ] && [ "$length" = "$entries" ] || differs "$chain is not the sealed chain"

# --- 3. every cited line ------------------------------------------------------------------------------------------

is_number() {
    case $1 in
    '' | *[!0-9]*) return 1 ;;
    esac
}

check_line() { # what, file, offset, length, sha256
    if ! is_number "$3" || ! is_number "$4"; then
        differs "$1: no byte range"
        return
    fi
    found=$(cut_bytes "$2" "$3" "$4" | sha256sum)
    [ "${found%% *}" = "$5" ] || differs "$1: $4 bytes at $3 of $2 do not hash to $5"
}

index=data/evidence/evidence-index.csv
header=1
while IFS=, read -r exhibit finding source extract extract_offset size sha256 rest; do
    if [ "$header" = 1 ]; then
        header=0
        continue
    fi
    case $extract in
    '') absent=$((absent + 1)) ;;
    raw/S*.lines)
        lines=$((lines + 1))
        check_line "exhibit $exhibit" "data/evidence/$extract" "$extract_offset" "$size" "$sha256"
        ;;
    *) differs "exhibit $exhibit: $extract is no extract" ;;
    esac
done <"$index"

# --- 4. the same lines in the original files ----------------------------------------------------------------------

check_original() { # file, source, compression
    content=$1
    case $3 in
    gzip | bzip2 | xz | zstd)
        content=$scratch/content
        "$3" -dc <"$1" >"$content" 2>/dev/null # a truncated original still gives the lines before its end
        ;;
    '') # it was out of reach at export: whichever program reads it
        for program in gzip bzip2 xz zstd; do
            if "$program" -dc <"$1" >"$scratch/content" 2>/dev/null; then
                content=$scratch/content
                break
            fi
        done
        ;;
    esac
    while IFS=, read -r exhibit finding source extract extract_offset size sha256 offset rest; do
        if [ "$source" = "$2" ] && [ -n "$sha256" ] && [ "$sha256" != line_sha256 ]; then
            original_lines=$((original_lines + 1))
            check_line "exhibit $exhibit in its source" "$content" "$offset" "$size" "$sha256"
        fi
    done <"$index"
}

check_candidate() { # file: is it one of the sources still looked for?
    bytes=$(wc -c <"$1")
    bytes=$((bytes))
    candidate=
    while IFS=, read -r source sha256 on_disk compression rest; do
        [ "$on_disk" = "$bytes" ] || continue
        if [ -z "$candidate" ]; then
            candidate=$(sha256sum <"$1")
            candidate=${candidate%% *}
        fi
        case $wanted in
        *" $source "*)
            if [ "$candidate" = "$sha256" ]; then
                wanted="${wanted%% $source *} ${wanted#* $source }"
                check_original "$1" "$source" "$compression"
            fi
            ;;
        esac
    done <data/evidence/sources.csv
}

find_originals() { # folder
    for path in "$1"/* "$1"/.[!.]*; do
        if [ -d "$path" ] && ! [ -L "$path" ]; then
            find_originals "$path"
        elif [ -f "$path" ]; then
            check_candidate "$path"
        fi
    done
}

if [ -n "$originals" ]; then
    scratch=$(mktemp -d) || exit 2
    trap 'rm -rf "$scratch"' 0
    trap 'exit 2' 1 2 15
    wanted=' '
    while IFS=, read -r exhibit finding source extract extract_offset size sha256 rest; do
        case $source in
        S[0-9]*)
            case $wanted in
            *" $source "*) ;;
            *) [ -z "$sha256" ] || wanted="$wanted$source " ;;
            esac
            ;;
        esac
    done <"$index"
    find_originals "$originals"
    for source in $wanted; do
        differs "$source is not in $originals: find its SHA-256 and path in data/evidence/sources.csv"
    done
fi

# --- 5. the seals, where the programs for them are there ------------------------------------------------------------

signed=
while IFS= read -r line; do
    case $line in
    'Signing-Key: '*) signed=${line#*: } ;;
    esac
done <bag-info.txt
top=tagmanifest-sha512.txt
if [ -n "$signed" ] && ! [ -f "seal/$top.sig" ]; then
    differs "seal/$top.sig is missing: bag-info.txt names the key $signed"
elif [ -n "$signed" ] && command -v ssh-keygen >/dev/null 2>&1; then
    if ssh-keygen -Y verify -f seal/allowed_signers -I forensics -n forensics-package@v1 -s "seal/$top.sig" <"$top" >/dev/null 2>&1; then
        echo "signed with the key in seal/allowed_signers: compare $signed with the key you know"
    else
        differs "seal/$top.sig is not a signature by the key in seal/allowed_signers"
    fi
fi
if [ -f "seal/$top.tsr" ] && command -v openssl >/dev/null 2>&1; then
    if openssl ts -verify -data "$top" -in "seal/$top.tsr" -CAfile seal/tsa-chain.pem >/dev/null 2>&1; then
        echo "time stamp: openssl ts -reply -text -in seal/$top.tsr shows it; compare its authority with one you trust"
    else
        differs "seal/$top.tsr is not a time stamp of this package by the authority in seal/tsa-chain.pem"
    fi
fi

# --- result -------------------------------------------------------------------------------------------------------

echo "checked: $files files, $entries custody entries, $lines cited lines, $original_lines lines in their sources"
[ "$absent" -eq 0 ] || echo "not in the package: $absent cited lines (why: the column withheld of $index)"
if [ "$bad" -gt 0 ]; then
    echo "DIFFERENCES: $bad"
    exit 1
fi
echo "all as sealed"
