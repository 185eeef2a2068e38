package cli

import (
	"encoding/json"
	"os"
	"strings"
	"syscall"

	"github.com/pgcopy/pgcopy/pgdb"
)

// secretsEnv carries connection strings with passwords from HidePasswords to the same process after its exec. It is taken out
// of the environment at once, so that no child process gets it.
const secretsEnv = "PGCOPY_COMMAND_LINE_SECRETS"

// HidePasswords starts the process over when its command line holds a password, with that password moved into the environment:
// command lines can be read by every user of a machine, environments only by their owner. It returns when there is
// nothing to hide, or when the process cannot be started over, which is no reason not to do the work.
func HidePasswords() {
	if _, again := os.LookupEnv(secretsEnv); again {
		return
	}
	args, secrets := withoutPasswords(os.Args[1:])
	if len(secrets) == 0 {
		return
	}
	self, err := os.Executable()
	packed, jsonErr := json.Marshal(secrets)
	if err != nil || jsonErr != nil {
		return
	}
	_ = syscall.Exec(self, append(os.Args[:1:1], args...), append(os.Environ(), secretsEnv+"="+string(packed)))
}

// withoutPasswords takes the passwords out of the connection strings among args. secrets maps the places of the arguments that
// were changed to what they were.
func withoutPasswords(args []string) (clean []string, secrets map[int]string) {
	clean, secrets = append([]string{}, args...), map[int]string{}
	for i, a := range args {
		flag := ""
		switch { // with its flag in one word, in the ways kong accepts that
		case strings.HasPrefix(a, "--source="), strings.HasPrefix(a, "--target="):
			flag, a = a[:9], a[9:]
		case len(a) > 1 && a[0] == '-' && (a[1] == 'S' || a[1] == 'T'):
			flag, a = a[:2], strings.TrimPrefix(a[2:], "=")
		}
		if c, err := pgdb.ParseConninfo("", a); err == nil && c.Redacted() != strings.TrimSpace(a) {
			clean[i], secrets[i] = flag+c.Redacted(), args[i]
		}
	}
	return clean, secrets
}

// revealPasswords puts back what HidePasswords has taken out. Only the copy of the command line that is parsed has them.
func revealPasswords(args []string) []string {
	packed, ok := os.LookupEnv(secretsEnv)
	if !ok {
		return args
	}
	_ = os.Unsetenv(secretsEnv)
	var secrets map[int]string
	if err := json.Unmarshal([]byte(packed), &secrets); err != nil {
		return args
	}
	whole := append([]string{}, args...)
	for i, a := range secrets {
		if i >= 0 && i < len(whole) {
			whole[i] = a
		}
	}
	return whole
}

// commandLine is the command line for the record: without passwords, quoted where a shell needs it.
func commandLine(args []string) string {
	clean, _ := withoutPasswords(args)
	words := []string{"pgcopy"}
	for _, a := range clean {
		words = append(words, shellWord(redact(a)))
	}
	return strings.Join(words, " ")
}

func shellWord(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\n\"'`$&|;<>()*?[]{}~#!\\") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
