package file

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"earshot/bot"
)

// encoding is how a file's bytes stand for text.
type encoding int

const (
	encUnknown encoding = iota
	encUTF8             // surely
	encASCII            // so far: UTF-8, and Windows-1252 in the lines that are not UTF-8
	enc1252
	encUTF16LE
	encUTF16BE
)

func parseEncoding(s string) (encoding, error) {
	switch strings.ToLower(strings.ReplaceAll(s, "_", "-")) {
	case "":
		return encUnknown, nil
	case "utf-8", "utf8":
		return encUTF8, nil
	case "windows-1252", "cp1252", "latin1", "iso-8859-1":
		return enc1252, nil
	case "utf-16le", "utf-16", "utf16":
		return encUTF16LE, nil
	case "utf-16be":
		return encUTF16BE, nil
	}
	return encUnknown, bot.Errorf(bot.ErrInvalid, "There is no encoding %q; use utf-8, utf-16le, utf-16be or windows-1252.", s)
}

// detect tells the encoding from the first bytes of a file, and how long its
// byte order mark is. set is what the configuration says; a mark outweighs it.
// ok is false for what is no text at all.
func detect(head []byte, set encoding) (enc encoding, bom int, ok bool) {
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return encUTF8, 3, true
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return encUTF16LE, 2, true
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return encUTF16BE, 2, true
	case set != encUnknown:
		return set, 0, true
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("\x1f\x8b")), bytes.HasPrefix(head, []byte("%PDF")):
		return encUnknown, 0, false
	}
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	switch half := len(head) / 2; {
	case half > 0 && zeros[1] > half/2 && zeros[0] < half/20+1: // ASCII letters have a zero in the high byte
		return encUTF16LE, 0, true
	case half > 0 && zeros[0] > half/2 && zeros[1] < half/20+1:
		return encUTF16BE, 0, true
	}
	return eightBit(head), 0, true
}

// eightBit tells UTF-8 from Windows-1252: whichever of valid sequences and
// stray bytes there are more of.
func eightBit(head []byte) encoding {
	valid, stray := 0, 0
	for i := 0; i < len(head); {
		if head[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(head[i:])
		if r == utf8.RuneError && n <= 1 {
			if !utf8.FullRune(head[i:]) && len(head)-i < utf8.UTFMax {
				break // the sample ends inside a character
			}
			stray++
		} else {
			valid++
		}
		i += n
	}
	switch {
	case valid == 0 && stray == 0:
		return encASCII
	case stray > valid:
		return enc1252
	}
	return encUTF8
}

// rawLen is how many bytes of the file the text stands for.
func (e encoding) rawLen(text []byte) int64 {
	switch e {
	case enc1252:
		return int64(utf8.RuneCount(text))
	case encUTF16LE, encUTF16BE:
		n := int64(0)
		for i := 0; i < len(text); {
			r, size := utf8.DecodeRune(text[i:])
			if i += size; r >= 0x10000 {
				n += 2
			}
			n += 2
		}
		return n
	}
	return int64(len(text))
}

// decode gives src's text as UTF-8. UTF-8 itself passes unchanged, with
// whatever is wrong in it: that is for each value to clean.
func (e encoding) decode(src io.Reader) io.Reader {
	switch e {
	case enc1252:
		return &decoder{src: src, convert: decode1252}
	case encUTF16LE:
		return &decoder{src: src, convert: func(dst, in []byte) ([]byte, int) { return decode16(dst, in, 0) }}
	case encUTF16BE:
		return &decoder{src: src, convert: func(dst, in []byte) ([]byte, int) { return decode16(dst, in, 1) }}
	}
	return src
}

// decoder converts as it reads. convert appends the text of in to dst and says
// how many bytes of in it has used.
type decoder struct {
	src     io.Reader
	convert func(dst, in []byte) ([]byte, int)
	in      []byte // read and not yet converted
	out     []byte // converted and not yet handed on
	err     error
}

func (d *decoder) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		var chunk [16 << 10]byte
		n, err := d.src.Read(chunk[:])
		d.err = err
		d.in = append(d.in, chunk[:n]...)
		out, used := d.convert(d.out[:0], d.in)
		d.out = out
		d.in = append(d.in[:0], d.in[used:]...)
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

// high1252 is what the bytes 0x80 to 0x9f mean in Windows-1252
// (encoding.spec.whatwg.org/#windows-1252); the five unused ones are U+FFFD.
const high1252 = "€\uFFFD‚ƒ„…†‡ˆ‰Š‹Œ\uFFFDŽ\uFFFD\uFFFD‘’“”•–—˜™š›œ\uFFFDžŸ"

func decode1252(dst, in []byte) ([]byte, int) {
	high := []rune(high1252)
	for _, c := range in {
		switch {
		case c < 0x80:
			dst = append(dst, c)
		case c < 0xa0:
			dst = utf8.AppendRune(dst, high[c-0x80])
		default:
			dst = utf8.AppendRune(dst, rune(c))
		}
	}
	return dst, len(in)
}

// decode16 converts UTF-16; high is 0 for little-endian. Half
// a pair becomes U+FFFD, one unit for one character, so that rawLen holds. An
// odd last byte is never used.
func decode16(dst, in []byte, high int) ([]byte, int) {
	unit := func(i int) rune {
		if high == 0 {
			return rune(in[i]) | rune(in[i+1])<<8
		}
		return rune(in[i+1]) | rune(in[i])<<8
	}
	i := 0
	for i+1 < len(in) {
		r := unit(i)
		if utf16.IsSurrogate(r) {
			if r < 0xdc00 && i+3 >= len(in) {
				break // its second half is still to come
			}
			pair := rune(utf8.RuneError)
			if r < 0xdc00 {
				pair = utf16.DecodeRune(r, unit(i+2))
			}
			if r = pair; pair != utf8.RuneError {
				i += 2
			}
		}
		dst = utf8.AppendRune(dst, r)
		i += 2
	}
	return dst, i
}
