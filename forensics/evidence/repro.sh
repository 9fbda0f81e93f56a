#!/bin/sh
# Cuts every cited line out of its original log file again and compares it with the package, byte for byte.
#
#   sh repro.sh FOLDER [OUT]    FOLDER: where the originals lie (found by their SHA-256, whatever they are called now)
#                               OUT: a new folder for the lines; without it they are compared and thrown away
#
# Needs a POSIX shell, dd, sha256sum, wc, mktemp, and gzip, bzip2, xz or zstd where an original is compressed.
# Ends with 0: every line of raw/ was made again, 1: something differs or an original is missing, 2: cannot run.
set -u
LC_ALL=C
export LC_ALL

if [ "$#" -lt 1 ] || [ "$#" -gt 2 ] || ! [ -d "$1" ]; then
    echo "usage: sh repro.sh FOLDER [OUT]" >&2
    exit 2
fi
originals=$(cd "$1" && pwd) || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' 0
trap 'exit 2' 1 2 15
out=$scratch/raw
if [ "$#" = 2 ]; then
    mkdir "$2" || exit 2
    out=$(cd "$2" && pwd) || exit 2
fi
mkdir -p "$out"
case $0 in
*/*) cd "${0%/*}" || exit 2 ;;
esac
if ! [ -f evidence/evidence-index.csv ]; then
    echo "repro.sh: no package here: this script belongs into its folder data/" >&2
    exit 2
fi

bad=0 made=0
differs() {
    bad=$((bad + 1))
    printf '%s\n' "DIFFERS  $*"
}

if dd if=/dev/null bs=65536 iflag=skip_bytes,count_bytes,fullblock skip=0 count=0 2>/dev/null; then
    cut_bytes() { dd if="$1" bs=65536 iflag=skip_bytes,count_bytes,fullblock skip="$2" count="$3" 2>/dev/null; }
else
    cut_bytes() { dd if="$1" bs=1 skip="$2" count="$3" 2>/dev/null; }
fi

remake() { # file, source, compression: write the lines of one source in the order of the package
    content=$1
    case $3 in
    gzip | bzip2 | xz | zstd)
        content=$scratch/content
        "$3" -dc <"$1" >"$content" 2>/dev/null
        ;;
    esac
    : >"$out/$2.lines"
    position=0
    # Rows come in the order of exhibits; the package holds lines in the order of offsets, each once.
    : >"$scratch/rows"
    while IFS=, read -r exhibit finding source extract extract_offset size sha256 offset rest; do
        case $extract_offset$size$offset in
        '' | *[!0-9]*) continue ;;
        esac
        if [ "$source" = "$2" ] && [ -n "$extract" ]; then
            printf '%s %s %s\n' "$extract_offset" "$offset" "$size" >>"$scratch/rows"
        fi
    done <evidence/evidence-index.csv
    sort -n -u "$scratch/rows" >"$scratch/ordered"
    while read -r extract_offset offset size; do
        [ "$extract_offset" = "$position" ] || differs "$2: the index places a line at $extract_offset, not $position"
        cut_bytes "$content" "$offset" "$size" >>"$out/$2.lines"
        printf '\n' >>"$out/$2.lines"
        position=$((position + size + 1))
        made=$((made + 1))
    done <"$scratch/ordered"
    again=$(sha256sum <"$out/$2.lines")
    packed=$(sha256sum <"evidence/raw/$2.lines")
    [ "$again" = "$packed" ] || differs "data/evidence/raw/$2.lines is not what the original gives"
}

try() { # file: is it one of the sources still looked for?
    bytes=$(wc -c <"$1")
    bytes=$((bytes))
    sum=
    while IFS=, read -r source sha256 on_disk compression rest; do
        [ "$on_disk" = "$bytes" ] || continue
        case $wanted in
        *" $source "*) ;;
        *) continue ;;
        esac
        if [ -z "$sum" ]; then
            sum=$(sha256sum <"$1")
            sum=${sum%% *}
        fi
        if [ "$sum" = "$sha256" ]; then
            wanted="${wanted%% $source *} ${wanted#* $source }"
            remake "$1" "$source" "$compression"
        fi
    done <evidence/sources.csv
}

search() { # folder
    for path in "$1"/* "$1"/.[!.]*; do
        if [ -d "$path" ] && ! [ -L "$path" ]; then
            search "$path"
        elif [ -f "$path" ]; then
            try "$path"
        fi
    done
}

wanted=' '
for path in evidence/raw/S*.lines; do
    [ -f "$path" ] || continue
    name=${path##*/}
    wanted="$wanted${name%.lines} "
done
search "$originals"
for source in $wanted; do
    differs "$source is not in $originals: find its SHA-256 and path in data/evidence/sources.csv"
done
echo "made again: $made cited lines"
if [ "$bad" -gt 0 ]; then
    echo "DIFFERENCES: $bad"
    exit 1
fi
echo "all lines are as in the originals"
