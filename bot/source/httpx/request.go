package httpx

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Base reads the address of a service; false for what is no http or https
// address. A slash at its end is left out.
func Base(address string) (*url.URL, bool) {
	u, err := url.Parse(strings.TrimRight(address, "/"))
	return u, err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// Request makes a request for JSON of a path below base, with q beside what
// base has in its query.
func Request(ctx context.Context, method string, base *url.URL, path string, q url.Values) (*http.Request, error) {
	u := base.JoinPath(path)
	values := base.Query()
	for k, v := range q {
		values[k] = v
	}
	u.RawQuery = values.Encode()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("make a request to %s: %w", base.Hostname(), err)
	}
	req.Header.Set("Accept", "application/json")
	return req, nil
}
