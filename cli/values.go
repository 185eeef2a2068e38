package cli

import (
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// toggle is a flag without a value. In the environment it takes what PostgreSQL takes for a boolean.
type toggle bool

// IsBool tells kong that the flag stands alone.
func (t *toggle) IsBool() bool { return true }

// Decode reads the value that came with the flag, if any, or from the environment.
func (t *toggle) Decode(kctx *kong.DecodeContext) error {
	if kctx.Scan.Peek().Type != kong.FlagValueToken {
		*t = true
		return nil
	}
	switch v := strings.ToLower(strings.TrimSpace(kctx.Scan.Pop().String())); v {
	case "1", "on", "true", "t", "yes", "y":
		*t = true
	case "", "0", "off", "false", "f", "no", "n":
		*t = false
	default:
		return usagef("must be on or off, not %q", v)
	}
	return nil
}

// interval is the optional value of --watch. Zero: not given.
type interval time.Duration

const defaultInterval = interval(time.Second)

// IsBool tells kong that the value is optional.
func (i *interval) IsBool() bool { return true }

// Decode reads --watch or --watch=INTERVAL.
func (i *interval) Decode(kctx *kong.DecodeContext) error {
	*i = defaultInterval
	if kctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	text := kctx.Scan.Pop().String()
	d, err := duration("", text)
	if err != nil || d <= 0 {
		return usagef("needs a time span such as 5 (seconds) or 1m behind the =, not %q", text)
	}
	*i = interval(d)
	return nil
}

// number reads a flag that must be a whole number within bounds. An empty one, as an environment variable may be, is the default.
func number(flag, text string, def, low, high int) (int, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return def, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		if _, isNumber := strconv.ParseFloat(text, 64); isNumber != nil {
			text = strconv.Quote(text)
		}
		return 0, usagef("%s must be a whole number between %d and %d, not %s", flag, low, high, text)
	}
	return n, nil
}

// size reads a flag that is a number of bytes with a unit.
func size(flag, text string) (int64, error) {
	if strings.TrimSpace(text) == "" {
		return 0, nil
	}
	n, err := pgschema.ParseSize(text)
	if err != nil {
		return 0, usagef("%s: %v", flag, err)
	}
	return n, nil
}

// duration reads a flag that is a time span. A bare number is seconds.
func duration(flag, text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 && n < 1e9 {
		return time.Duration(n * float64(time.Second)), nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, usagef("%s must be a time span such as 90s, 10m or 2h, not %q", flag, text)
	}
	return d, nil
}

// connection checks that a connection string was given and can be understood. It says where a bad one came from.
func connection(flag, text string, envs ...string) error {
	from := flag
	for _, env := range envs {
		if text != "" && os.Getenv(env) == text {
			from = env
		}
	}
	if text == "" {
		return usagef("give %s or set %s: a connection string such as postgresql://user@host/dbname", flag, envs[0])
	}
	_, err := pgdb.ParseConninfo(from, text)
	if err != nil {
		message, hint := pgdb.Explain(err)
		return &usageError{msg: redact(message), hint: hint}
	}
	return nil
}
