package pgdb

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// connParam is one keyword of a connection string. text[from:to] is what has to
// be cut out of the string to leave the keyword out.
type connParam struct {
	key, value string
	from, to   int
}

// libpqKeywords are the keywords that libpq 18 accepts in a connection string
// (PQconninfoOptions in src/interfaces/libpq/fe-connect.c, and the URI-only
// "ssl"). Anything else is refused here, because pg_dump would refuse it later.
var libpqKeywords = wordSet(`application_name channel_binding client_encoding
	connect_timeout dbname fallback_application_name gssdelegation gssencmode
	gsslib host hostaddr keepalives keepalives_count keepalives_idle
	keepalives_interval krbsrvname load_balance_hosts max_protocol_version
	min_protocol_version oauth_client_id oauth_client_secret oauth_issuer
	oauth_scope options passfile password port replication require_auth
	requirepeer requiressl scram_client_key scram_server_key service servicefile
	ssl ssl_max_protocol_version ssl_min_protocol_version sslcert sslcertmode
	sslcompression sslcrl sslcrldir sslkey sslkeylogfile sslmode sslnegotiation
	sslpassword sslrootcert sslsni target_session_attrs tcp_user_timeout user`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// isURI says whether a connection string is in URI form, as libpq decides it.
func isURI(text string) bool { return uriPrefix(text) != "" }

func uriPrefix(text string) string {
	for _, p := range []string{"postgresql://", "postgres://"} {
		if strings.HasPrefix(text, p) {
			return p
		}
	}
	return ""
}

// scanConnString lists the keywords of a connection string with their places.
// Its errors never quote a value: a malformed string is where a password ends
// up in the place of something harmless.
func scanConnString(text string) ([]connParam, error) {
	var params []connParam
	var err error
	switch {
	case strings.TrimSpace(text) == "":
		return nil, errors.New("the connection string is empty")
	case strings.IndexByte(text, 0) >= 0:
		return nil, errors.New("the connection string holds a NUL byte")
	case isURI(text):
		params, err = scanURI(text)
	default:
		params, err = scanKeyValue(text)
	}
	if err != nil {
		return nil, err
	}
	for _, p := range params {
		if !libpqKeywords[p.key] {
			return nil, fmt.Errorf("unknown connection keyword %q (a server setting is given as options='-c name=value')", clip(p.key, 40))
		}
	}
	return params, nil
}

const encodeHint = `characters such as @ / : ? # in a password must be percent-encoded ("@" is %40, "/" is %2F)`

// scanURI follows conninfo_uri_parse_options in fe-connect.c, and is stricter in
// one thing: an '@' that is not the end of user and password is refused, since
// it nearly always is part of a password that was not percent-encoded.
func scanURI(text string) ([]connParam, error) {
	s := uriScanner{text: text}
	at := uriPlaceAt(text)
	if err := s.login(len(uriPrefix(text)), at-1); err != nil {
		return nil, err
	}
	query := at + uriQueryAt(text[at:])
	if err := s.place(at, query); err != nil {
		return nil, err
	}
	return s.params, s.query(query + 1)
}

// uriPlaceAt is where the hosts begin: behind the '@' that ends user and password.
func uriPlaceAt(text string) int {
	at := len(uriPrefix(text))
	if i := strings.IndexAny(text[at:], "@/"); i >= 0 && text[at+i] == '@' {
		return at + i + 1
	}
	return at
}

type uriScanner struct {
	text   string
	params []connParam
}

func (s *uriScanner) add(key, raw string, from, to int) error {
	value, err := url.PathUnescape(raw)
	if err != nil {
		return fmt.Errorf("the URI has a bad percent-encoding in its %s", clip(key, 40))
	}
	s.params = append(s.params, connParam{key, value, from, to})
	return nil
}

// login reads user:password, if there is any.
func (s *uriScanner) login(from, to int) error {
	if to < from {
		return nil
	}
	user, password, has := strings.Cut(s.text[from:to], ":")
	if err := s.add("user", user, from, from+len(user)); err != nil || !has {
		return err
	}
	return s.add("password", password, from+len(user), to)
}

// place reads host:port,host:port/dbname.
func (s *uriScanner) place(from, to int) error {
	if strings.IndexByte(s.text[from:to], '@') >= 0 {
		return errors.New("the URI has an \"@\" too many: " + encodeHint)
	}
	authority, dbname, _ := strings.Cut(s.text[from:to], "/")
	hosts, ports, err := splitAuthority(authority)
	if err != nil {
		return err
	}
	for _, port := range ports {
		if strings.Trim(port, "0123456789") != "" {
			return errors.New("the port in the URI is not a number: " + encodeHint)
		}
	}
	end := from + len(authority)
	if h := strings.Join(hosts, ","); h != "" {
		if err := s.add("host", h, from, end); err != nil {
			return err
		}
	}
	if p := strings.Join(ports, ","); strings.Trim(p, ",") != "" {
		s.params = append(s.params, connParam{"port", p, from, end})
	}
	if dbname == "" {
		return nil
	}
	return s.add("dbname", dbname, end+1, to)
}

// query reads the key=value pairs behind the '?'.
func (s *uriScanner) query(at int) error {
	for at < len(s.text) {
		pair, _, _ := strings.Cut(s.text[at:], "&")
		rawKey, rawValue, ok := strings.Cut(pair, "=")
		key, err := url.PathUnescape(rawKey)
		if !ok || err != nil {
			return errors.New("a query parameter of the URI is not of the form key=value")
		}
		if err := s.add(key, rawValue, at, at+len(pair)); err != nil {
			return err
		}
		at += len(pair) + 1
	}
	return nil
}

// uriQueryAt is the index of the '?' that begins the query, or len(s). A '?'
// inside the brackets of an IPv6 address is not one.
func uriQueryAt(s string) int {
	depth := 0
	for i := range len(s) {
		switch {
		case s[i] == '[':
			depth++
		case s[i] == ']':
			depth--
		case s[i] == '?' && depth <= 0:
			return i
		}
	}
	return len(s)
}

func splitAuthority(authority string) (hosts, ports []string, err error) {
	for _, a := range strings.Split(authority, ",") {
		host, port := a, ""
		if strings.HasPrefix(a, "[") {
			end := strings.IndexByte(a, ']')
			if end < 0 {
				return nil, nil, errors.New(`the URI lacks the "]" of an IPv6 address`)
			}
			host, port = a[1:end], strings.TrimPrefix(a[end+1:], ":")
		} else if i := strings.IndexByte(a, ':'); i >= 0 {
			host, port = a[:i], a[i+1:]
		}
		hosts, ports = append(hosts, host), append(ports, port)
	}
	return hosts, ports, nil
}

const connSpace = " \t\n\r\v\f"

// scanKeyValue follows conninfo_parse in fe-connect.c.
func scanKeyValue(text string) ([]connParam, error) {
	var params []connParam
	at := skipSpace(text, 0)
	for at < len(text) {
		from := at
		eq := strings.IndexByte(text[at:], '=')
		if eq < 0 {
			return nil, errors.New(`a word without "=" (expected postgresql://... or keyword=value pairs)`)
		}
		key := strings.Trim(text[at:at+eq], connSpace)
		if key == "" || strings.ContainsAny(key, connSpace) {
			return nil, errors.New(`a word without "=" (a value with spaces must be quoted: keyword='a b')`)
		}
		value, end, err := scanValue(text, skipSpace(text, at+eq+1))
		if err != nil {
			return nil, fmt.Errorf("keyword %q: %w", clip(key, 40), err)
		}
		at = skipSpace(text, end)
		params = append(params, connParam{key, value, from, at})
	}
	return params, nil
}

func skipSpace(s string, at int) int {
	for at < len(s) && strings.IndexByte(connSpace, s[at]) >= 0 {
		at++
	}
	return at
}

// scanValue reads one value, quoted or not, and says where it ended.
func scanValue(text string, at int) (value string, end int, err error) {
	quoted := at < len(text) && text[at] == '\''
	if quoted {
		at++
	}
	var b strings.Builder
	for ; at < len(text); at++ {
		c := text[at]
		switch {
		case c == '\\':
			at++
			if at == len(text) {
				continue
			}
			c = text[at]
		case quoted && c == '\'':
			return b.String(), at + 1, nil
		case !quoted && strings.IndexByte(connSpace, c) >= 0:
			return b.String(), at, nil
		}
		b.WriteByte(c)
	}
	if quoted {
		return "", 0, errors.New("the quoted value does not end")
	}
	return b.String(), len(text), nil
}

// cutParams returns text without the named keywords, otherwise as it was typed.
func cutParams(text string, params []connParam, drop func(key string) bool) string {
	queryFrom := len(text)
	if isURI(text) {
		at := uriPlaceAt(text)
		queryFrom = at + uriQueryAt(text[at:])
	}
	var b strings.Builder
	var query []string
	at := 0
	for _, p := range params {
		switch {
		case p.from > queryFrom:
			if !drop(p.key) {
				query = append(query, text[p.from:p.to])
			}
		case drop(p.key) && p.from >= at:
			b.WriteString(text[at:p.from])
			at = p.to
		}
	}
	b.WriteString(text[at:queryFrom])
	if len(query) > 0 {
		b.WriteString("?" + strings.Join(query, "&"))
	}
	return strings.TrimSpace(b.String())
}

// addParam returns text with one more keyword.
func addParam(text, key, value string) string {
	if !isURI(text) {
		quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value)
		return text + " " + key + "='" + quoted + "'"
	}
	sep := "?"
	at := uriPlaceAt(text)
	if uriQueryAt(text[at:]) < len(text[at:]) {
		sep = "&"
	}
	return text + sep + key + "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n] + "..."
	}
	return s
}
