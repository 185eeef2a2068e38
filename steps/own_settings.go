package steps

import (
	"context"
	"slices"
	"strings"
)

// valueSettings are what functions, casts and views make different values under. Settings with a dot are of extensions and of people, who may ask
// for them anywhere.
var valueSettings = []string{"timezone", "timezone_abbreviations", "datestyle", "intervalstyle", "extra_float_digits", "bytea_output", "default_text_search_config",
	"lc_monetary", "lc_numeric", "lc_time", "transform_null_equals", "xmlbinary"}

// ownSettings are the settings of the source's database itself that rows depend on, as far as it is known yet. The target's database gets them last, since others
// of them are not for the copy; a materialized view is filled before.
func (e *Env) ownSettings(ctx context.Context) (map[string]string, error) {
	props, err := e.Catalog.DatabaseProperties(ctx)
	if err != nil {
		return nil, err
	}
	own := map[string]string{}
	for _, p := range props {
		if name := strings.ToLower(p.Name); p.Kind == "setting" && (strings.Contains(name, ".") || slices.Contains(valueSettings, name)) {
			own[p.Name] = p.Value
		}
	}
	return own, nil
}

// takeOwnSettings has the target's sessions make values as the database will once it has its settings.
func (e *Env) takeOwnSettings(ctx context.Context) error {
	own, err := e.ownSettings(ctx)
	if err == nil && len(own) > 0 {
		e.to.wish(own)
	}
	return err
}
