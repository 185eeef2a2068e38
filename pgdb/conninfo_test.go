package pgdb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// clean keeps the tester's own environment out.
func clean(t *testing.T) string {
	home := t.TempDir()
	for _, kv := range os.Environ() {
		if k, _, _ := strings.Cut(kv, "="); strings.HasPrefix(k, "PG") {
			t.Setenv(k, "")
			os.Unsetenv(k)
		}
	}
	t.Setenv("HOME", home)
	return home
}

func TestConninfoRedaction(t *testing.T) {
	clean(t)
	for _, c := range []struct{ in, redacted, password string }{
		{"postgresql://u:s3cret@h:5433/db", "postgresql://u@h:5433/db", "s3cret"},
		{"postgres://u:a%40b%3Ac%2Fd@h/db?sslmode=disable", "postgres://u@h/db?sslmode=disable", "a@b:c/d"},
		{"postgres://u:a:b@h/db", "postgres://u@h/db", "a:b"},
		{"postgres://u:p?q=1@h/db", "postgres://u@h/db", "p?q=1"},
		{"postgres://u@h/db?password=s%203cret", "postgres://u@h/db", "s 3cret"},
		{"postgres://u@h/db?connect_timeout=3&pass%77ord=s3cret&sslmode=disable", "postgres://u@h/db?connect_timeout=3&sslmode=disable", "s3cret"},
		{"postgres://u:@h/db", "postgres://u@h/db", ""},
		{"postgres://u:s3cret@[::1]:5433,h2/db", "postgres://u@[::1]:5433,h2/db", "s3cret"},
		{"postgres:///db?host=/tmp&user=u&password=s3cret", "postgres:///db?host=/tmp&user=u", "s3cret"},
		{"host=h user=u password=s3cret dbname=db", "host=h user=u dbname=db", "s3cret"},
		{"password='s 3\\'cret' host = h", "host = h", "s 3'cret"},
		{"host=h password = s3\\ cret", "host=h", "s3 cret"},
		{"password=one host=h password=two", "host=h", "two"},
		{"host=h password=''", "host=h", ""},
	} {
		ci, err := ParseConninfo("--source", c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if ci.Redacted() != c.redacted {
			t.Errorf("%s: redacted is %s", c.in, ci.Redacted())
		}
		if ci.config.Password != c.password {
			t.Errorf("%s: password is %q", c.in, ci.config.Password)
		}
		if strings.HasPrefix(ci.Redacted(), "h") {
			continue // "host" has no URI form to read back
		}
		if again, err := ParseConninfo("again", ci.Redacted()); err != nil || again.Addresses()[0] != ci.Addresses()[0] || again.Database() != ci.Database() {
			t.Errorf("%s: read back %v, %v", c.in, again, err)
		}
	}
}

func TestConninfoIsNeverPrintedWithPassword(t *testing.T) {
	clean(t)
	ci, err := ParseConninfo("--source", "postgresql://u:s3cret@h/db")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		fmt.Fprintf(&out, verb+" ", ci)
		fmt.Fprintf(&out, verb+" ", struct{ C *Conninfo }{ci}.C)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "source", ci)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "source", ci)
	if err := json.NewEncoder(&out).Encode(map[string]any{"c": ci}); err != nil {
		t.Error(err)
	}
	out.WriteString(ci.ToolDSN())
	if strings.Contains(out.String(), "s3cret") || strings.Contains(out.String(), "733363726574") {
		t.Error(out.String())
	}
}

func TestConninfoRefusals(t *testing.T) {
	clean(t)
	for in, want := range map[string]string{
		"":                                 "empty",
		"   ":                              "empty",
		"mydb":                             `without "="`,
		"host=h pass word=s3cret":          `without "="`,
		"host='s3cret":                     "does not end",
		"postgres://u:s3c@ret@h/db":        "percent-encoded",
		"postgres://u:s3c/ret@h/db":        "percent-encoded",
		"postgres://u:12/s3cret@h/db":      "percent-encoded",
		"postgres://u:s3cret%zz@h/db":      "bad percent-encoding in its password",
		"postgres://u:s3cret@h:54x/db":     "port",
		"postgres://u:s3cret@h:99999/db":   "port",
		"host=h port=s3cret":               "port must be a number",
		"postgres://u@[::1/db":             "IPv6",
		"postgres://u@h/db?search_path=x":  `unknown connection keyword "search_path"`,
		"host=h sslmode=maybe password=x1": "sslmode must be disable",
		"host=h sslpassword=s3cret":        "service file",
		"host=h sslcrl=/x":                 "sslcrl",
		"host=h connect_timeout=s3cret":    "connect_timeout",
		"host=h keepalives_idle=soon":      "keepalives_idle must be a number",
		"host=h service=s3cret-none":       "service",
		"host=h ssl_min_protocol_version=2 sslmode=require":                   "ssl_min_protocol_version",
		"host=h sslmode=verify-full sslrootcert=/nonexistent password=s3cret": "CA file",
	} {
		_, err := ParseConninfo("--target", in)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "--target: ") {
			t.Errorf("%s: %v", in, err)
			continue
		}
		text := fmt.Sprintf("%v %+v %#v", err, err, err)
		if _, hint := Explain(err); hint == "" {
			t.Errorf("%s: no hint", in)
		}
		if strings.Contains(text, "s3c") && !strings.Contains(in, "port=s3cret") && !strings.Contains(in, "timeout=") && !strings.Contains(in, "service=") {
			t.Errorf("%s: %s", in, text)
		}
	}
}

func TestConninfoLibpqKeywords(t *testing.T) {
	clean(t)
	ci, err := ParseConninfo("x", "host=h hostaddr=192.0.2.1 keepalives=1 keepalives_idle=5 keepalives_interval=6 keepalives_count=7"+
		" tcp_user_timeout=1500 gssencmode=disable channel_binding=prefer connect_timeout=4 application_name=mine"+
		" ssl_min_protocol_version=TLSv1.3 sslmode=require client_encoding=auto options='-c geqo=off' sslcompression=0")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"options": "-c geqo=off"}
	if got := ci.config.RuntimeParams; len(got) != 1 || got["options"] != want["options"] {
		t.Errorf("sent to the server: %v", got)
	}
	k := ci.dial.keepalive
	if !k.Enable || k.Idle != 5*time.Second || k.Interval != 6*time.Second || k.Count != 7 ||
		ci.dial.userTimeout != 1500*time.Millisecond || ci.dial.timeout != 4*time.Second {
		t.Errorf("%+v", ci.dial)
	}
	if ci.config.TLSConfig.MinVersion == 0 {
		t.Error("TLS version is not limited")
	}
	if addrs, err := ci.config.LookupFunc(t.Context(), "h"); err != nil || !slices.Equal(addrs, []string{"192.0.2.1"}) {
		t.Error(addrs, err)
	}
	ci = conninfo(t, "host=h keepalives=0 tcp_user_timeout=0 connect_timeout=0")
	if ci.dial.keepalive.Enable || ci.dial.userTimeout != 0 || ci.dial.timeout != 0 {
		t.Errorf("%+v", ci.dial)
	}
	ci = conninfo(t, "host=h")
	if ci.dial.keepalive.Idle != 10*time.Second || ci.dial.userTimeout != time.Minute || ci.dial.timeout != 10*time.Second {
		t.Errorf("%+v", ci.dial)
	}
	if ci = conninfo(t, "hostaddr=192.0.2.7"); ci.Host() != "192.0.2.7" {
		t.Error(ci.Addresses())
	}
}

func TestConninfoFiles(t *testing.T) {
	home := clean(t)
	write := func(name, text string) string {
		p := filepath.Join(home, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	write(".pgpass", "h1:5432:db1:me:frompass\nh1:5432:*:me:other\n")
	ci := conninfo(t, "postgres://me@h1/db1")
	if ci.config.Password != "frompass" {
		t.Error("no password from .pgpass")
	}
	other, err := ci.WithDatabase("db two")
	if err != nil || other.Database() != "db two" || other.config.Password != "other" {
		t.Error(other, err)
	}
	t.Setenv("PGSERVICEFILE", write("services", "[prod]\nhost=h9\nport=7777\nuser=svc\npassword=s3cret\ndbname=sdb\n"))
	ci = conninfo(t, "service=prod")
	if ci.Host() != "h9" || ci.Port() != 7777 || ci.User() != "svc" || ci.Database() != "sdb" || ci.config.Password != "s3cret" {
		t.Error(ci.Addresses(), ci.User(), ci.Database())
	}
	if env := strings.Join(ci.ToolEnv(), " "); strings.Contains(env, "s3cret") {
		t.Error("libpq reads the service file itself", env)
	}
	ci = conninfo(t, "postgres://u@h1,h2:5433,h3/db?target_session_attrs=any")
	if got := strings.Join(ci.Addresses(), " "); got != "h1:5432 h2:5433 h3:5432" {
		t.Error(got)
	}
}

func TestConninfoTools(t *testing.T) {
	clean(t)
	ci := conninfo(t, "postgresql://u:a%40b@h:5433/db?sslmode=disable")
	if ci.ToolDSN() != "postgresql://u@h:5433/db?sslmode=disable&keepalives_idle=10" {
		t.Error(ci.ToolDSN())
	}
	if env := ci.ToolEnv(); !slices.Contains(env, "PGPASSWORD=a@b") || !slices.Contains(env, "PGCONNECT_TIMEOUT=10") {
		t.Error(env)
	}
	ci = conninfo(t, "host=h password=pw dbname='d b' keepalives=0")
	if ci.ToolDSN() != "host=h dbname='d b' keepalives=0" {
		t.Error(ci.ToolDSN())
	}
}

// FuzzConninfo: no string makes it panic, and no password survives redaction.
func FuzzConninfo(f *testing.F) {
	f.Add("postgresql://u:s3cret@h:5433/db?a=b", "x")
	f.Add("host=h password='s 3'", "x")
	f.Fuzz(func(t *testing.T, text, password string) {
		params, err := scanConnString(text)
		if err != nil {
			return
		}
		redacted := cutParams(text, params, isSecretKeyword)
		again, err := scanConnString(redacted)
		if err != nil && strings.TrimSpace(redacted) != "" {
			t.Fatalf("%q became %q: %v", text, redacted, err)
		}
		for _, p := range again {
			if isSecretKeyword(p.key) {
				t.Fatalf("%q became %q", text, redacted)
			}
		}
	})
}
