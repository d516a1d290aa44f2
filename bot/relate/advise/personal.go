package advise

import (
	"math/big"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// Piece is a piece of text by which a person can be reached or charged.
type Piece struct {
	What   string // "e-mail address"
	Shown  string // the piece, mostly covered
	Blocks bool   // it may never stand where everybody reads it
}

// The shapes, compiled once.
var (
	emails = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(emailShape) })
	ibans  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(ibanShape) })
	digits = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(digitShape) })
	dates  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(dateShape) })
)

// The shapes are found by regexp, which in Go is linear in the text; what they
// find is then checked by its own check digits where it has some.
const (
	emailShape = `[\p{L}\p{N}._%+\-]+@[\p{L}\p{N}\-]+(\.[\p{L}\p{N}\-]+)*\.\p{L}{2,}`
	ibanShape  = `\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}\b`
	dateShape  = `^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})\b`
	digitShape = `\+?\(?[0-9][0-9 ().\-/]{6,24}[0-9]`
)

// Personal finds e-mail addresses, IBANs (ISO 13616, mod 97), card numbers
// (ISO/IEC 7812, Luhn) and phone numbers (E.164: 7 to 15 digits) in s.
func Personal(s string) []Piece {
	var all []Piece
	for _, m := range emails().FindAllString(s, -1) {
		all = append(all, Piece{What: "e-mail address", Shown: cover(m)})
	}
	rest := s
	for _, m := range ibans().FindAllString(s, -1) {
		if iban, ok := longestIBAN(m); ok {
			all = append(all, Piece{What: "bank account", Shown: cover(iban), Blocks: true})
			rest = strings.Replace(rest, iban, " ", 1)
		}
	}
	for _, m := range digits().FindAllString(rest, -1) {
		number := onlyDigits(m)
		switch {
		case len(number) >= 13 && len(number) <= 19 && luhn(number):
			all = append(all, Piece{What: "card number", Shown: cover(m), Blocks: true})
		case isPhone(m, number):
			all = append(all, Piece{What: "phone number", Shown: cover(m)})
		}
	}
	return all
}

// isPhone tells a phone number from a date, a price or an order number: it has
// a + or a leading 0, or is set in groups.
func isPhone(m, digits string) bool {
	if len(digits) < 7 || len(digits) > 15 || looksLikeDate(m) {
		return false
	}
	return strings.HasPrefix(m, "+") || strings.HasPrefix(m, "0") || strings.HasPrefix(m, "(") ||
		len(strings.FieldsFunc(m, func(r rune) bool { return !unicode.IsDigit(r) })) >= 3
}

func looksLikeDate(m string) bool {
	return dates().MatchString(m)
}

// longestIBAN cuts words off the end of m until its check digits hold.
func longestIBAN(m string) (string, bool) {
	for m != "" {
		if validIBAN(strings.ReplaceAll(m, " ", "")) {
			return m, true
		}
		cut := strings.LastIndexByte(m, ' ')
		if cut < 0 {
			break
		}
		m = m[:cut]
	}
	return "", false
}

func validIBAN(s string) bool {
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	var b strings.Builder
	for _, r := range s[4:] + s[:4] {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= 'A' && r <= 'Z':
			b.WriteString(big.NewInt(int64(r - 'A' + 10)).String())
		default:
			return false
		}
	}
	n, ok := new(big.Int).SetString(b.String(), 10)
	return ok && new(big.Int).Mod(n, big.NewInt(97)).Int64() == 1
}

func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// cover shows the ends of a piece, enough for its writer to find it.
func cover(s string) string {
	r := []rune(strings.TrimSpace(s))
	if len(r) <= 6 {
		return string(r)
	}
	return string(r[:3]) + "…" + string(r[len(r)-3:])
}
