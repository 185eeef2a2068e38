package cli

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestPasswordsLeaveTheCommandLine(t *testing.T) {
	for _, c := range []struct{ given, left []string }{
		{[]string{"clone", "--source", "postgres://a:pw@h/d", "--jobs", "4"}, []string{"clone", "--source", "postgres://a@h/d", "--jobs", "4"}},
		{[]string{"clone", "--target=postgresql://a:pw@h/d?sslmode=require"}, []string{"clone", "--target=postgresql://a@h/d?sslmode=require"}},
		{[]string{"clone", "-S", "host=h password='p w' user=a"}, []string{"clone", "-S", "host=h user=a"}},
		{[]string{"clone", "-Tpostgres://h/d?password=pw&user=a"}, []string{"clone", "-Tpostgres://h/d?user=a"}},
		{[]string{"clone", "-qS", "postgres://a:pw@h/d", "postgres://b:pw@h/d"}, []string{"clone", "-qS", "postgres://a@h/d", "postgres://b@h/d"}},
		{[]string{"clone", "--source", "postgres://a@h/d", "-T", "service=new", "--dir", "/tmp/x"}, nil},
		{[]string{"list", "progress", "--watch=5"}, nil},
	} {
		left, secrets := withoutPasswords(c.given)
		if c.left == nil {
			c.left = c.given
		}
		if !reflect.DeepEqual(left, c.left) {
			t.Errorf("%q left %q, not %q", c.given, left, c.left)
		}
		packed, err := json.Marshal(secrets)
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv(secretsEnv, string(packed))
		if whole := revealPasswords(left); !reflect.DeepEqual(whole, c.given) {
			t.Errorf("%q came back as %q", c.given, whole)
		}
		if again := revealPasswords(left); !reflect.DeepEqual(again, left) {
			t.Errorf("the environment still knows: %q", again)
		}
	}
}

func TestRedact(t *testing.T) {
	for given, want := range map[string]string{
		"unexpected argument postgres://app:ge:heim@h/d":      "unexpected argument postgres://app:****@h/d",
		"bad postgresql://:pw@h":                              "bad postgresql://:****@h",
		"host=h password=pw user=a":                           "host=h password=**** user=a",
		`host=h password = 'p \' w' user=a`:                   "host=h password = **** user=a",
		"postgres://h/d?password=pw&user=a":                   "postgres://h/d?password=****&user=a",
		"postgres://app@h/d failed: password authentication":  "postgres://app@h/d failed: password authentication",
		`password authentication failed for user "app" on h`:  `password authentication failed for user "app" on h`,
		"check the password in the connection string, or so ": "check the password in the connection string, or so ",
	} {
		if got := redact(given); got != want {
			t.Errorf("%s\nbecame %s\nnot    %s", given, got, want)
		}
	}
}
