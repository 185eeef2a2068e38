package cli

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// terminal tells whether a writer is a terminal that a display can be drawn on, and gives a way to ask for its size.
func terminal(w io.Writer) (size func() (width, height int), ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return nil, false
	}
	if t := os.Getenv("TERM"); t == "" || t == "dumb" {
		return nil, false
	}
	return func() (int, int) {
		width, height, err := term.GetSize(int(f.Fd()))
		if err != nil || width < 1 || height < 1 {
			return 80, 24
		}
		return width, height
	}, true
}

// wantsColor follows https://no-color.org.
func wantsColor() bool { return os.Getenv("NO_COLOR") == "" }

// wantsUnicode tells whether the locale can show more than ASCII, looked up as setlocale does.
func wantsUnicode() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			v = strings.ToUpper(v)
			return strings.Contains(v, "UTF-8") || strings.Contains(v, "UTF8")
		}
	}
	return false
}
