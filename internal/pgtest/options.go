package pgtest

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
)

// Options say what kind of server to start. The zero value is a server of the preferred major with UTF8, C.UTF-8,
// no passwords, no TLS and fsync off.
type Options struct {
	Major      int               // wanted major version; 0 takes the preferred installed one
	Settings   map[string]string // server settings on top of the defaults, unquoted values
	Encoding   string            // of the template databases; "UTF8" when empty
	Locale     string            // of the template databases; "C.UTF-8" when empty, "C" where that does not exist
	Auth       string            // authentication method for everybody, e.g. "scram-sha-256"; "trust" when empty
	Password   string            // of the superuser; made up when empty and Auth is not "trust"
	HBA        []string          // lines of pg_hba.conf put before the ones that let everybody in with Auth
	TLS        bool              // offer TLS with a certificate for 127.0.0.1 and localhost, see [Server.CAFile]
	Fsync      bool              // keep fsync and full_page_writes on
	InitdbArgs []string          // further arguments of initdb
}

// Option changes one thing about the server that [Start] starts.
type Option func(*Options)

// WithMajor asks for a major version.
func WithMajor(major int) Option { return func(o *Options) { o.Major = major } }

// WithSetting sets a server setting; the value is unquoted.
func WithSetting(name, value string) Option {
	return func(o *Options) {
		o.Settings = maps.Clone(o.Settings)
		if o.Settings == nil {
			o.Settings = map[string]string{}
		}
		o.Settings[name] = value
	}
}

// WithAuth sets the authentication method. Any method but "trust" gives the superuser a password, see [Server.Password].
func WithAuth(method string) Option { return func(o *Options) { o.Auth = method } }

// WithPassword gives the superuser this password.
func WithPassword(password string) Option { return func(o *Options) { o.Password = password } }

// WithHBA puts lines before those of the server's pg_hba.conf.
func WithHBA(lines ...string) Option { return func(o *Options) { o.HBA = append(o.HBA, lines...) } }

// WithTLS makes the server offer TLS.
func WithTLS() Option { return func(o *Options) { o.TLS = true } }

// WithFsync keeps fsync on.
func WithFsync() Option { return func(o *Options) { o.Fsync = true } }

// WithEncoding sets encoding and locale of the template databases.
func WithEncoding(encoding, locale string) Option {
	return func(o *Options) { o.Encoding, o.Locale = encoding, locale }
}

func (o Options) withDefaults() Options {
	if o.Encoding == "" {
		o.Encoding = "UTF8"
	}
	if o.Auth == "" {
		o.Auth = "trust"
	}
	if o.Password == "" && o.Auth != "trust" {
		b := make([]byte, 8)
		_, _ = rand.Read(b) // never fails, see crypto/rand
		o.Password = "secret-" + hex.EncodeToString(b)
	}
	return o
}

// settings are the lines that go into postgresql.conf beside the port.
func (o Options) settings() map[string]string {
	s := map[string]string{
		"listen_addresses":          "127.0.0.1",
		"unix_socket_directories":   "",
		"wal_level":                 "logical",
		"max_connections":           "200",
		"max_prepared_transactions": "10",
		"max_wal_senders":           "50",
		"max_replication_slots":     "50", // also the limit of replication origins
		"timezone":                  "UTC",
		"log_timezone":              "UTC",
		"log_line_prefix":           "%m [%p] %u@%d %a ",
		"logging_collector":         "off",
		// segments are files of the data directory, so that a killed server leaves none in /dev/shm
		"dynamic_shared_memory_type": "mmap",
	}
	if !o.Fsync {
		// a crash of the server loses nothing by this, only a crash of the machine would
		s["fsync"], s["full_page_writes"] = "off", "off"
	}
	if o.TLS {
		s["ssl"], s["ssl_cert_file"], s["ssl_key_file"] = "on", "../server.crt", "../server.key"
	}
	maps.Copy(s, o.Settings)
	return s
}
