package bot

import "log/slog"

const redacted = "[redacted]"

// Secret is a token, key or password that shows itself to nobody: not in a
// log, an error, JSON or a %v. Reveal is the one way to its value.
type Secret string

// Reveal gives the value, for the request that needs it.
func (s Secret) Reveal() string { return string(s) }

// String implements fmt.Stringer.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString implements fmt.GoStringer, for %#v.
func (s Secret) GoString() string { return `bot.Secret("` + s.String() + `")` }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON implements json.Marshaler.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// MarshalText implements encoding.TextMarshaler, for YAML and maps.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
