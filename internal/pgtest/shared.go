package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
)

type pair struct{ src, dst *Server }

var (
	sharedMu sync.Mutex
	shared   *pair
	// why the pair could not be started: asked once, told to every test
	sharedErr error
)

// Pair gives the source and the target that all tests of this process share. They are started by the first call and
// stopped by [Main], or with the process. A test takes databases of its own with [Server.FreshDB] and must leave
// server-wide things (roles, origins, settings) as it found them; one that restarts a server calls [Start] instead.
func Pair(t testing.TB) (src, dst *Server) {
	t.Helper()
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if shared == nil && sharedErr == nil {
		shared, sharedErr = startPair(context.Background())
	}
	if sharedErr != nil {
		t.Fatal(sharedErr)
	}
	return shared.src, shared.dst
}

// StartPair starts two servers at once, for who is not a test.
func StartPair(ctx context.Context, source, target Options) (src, dst *Server, err error) {
	var srcErr, dstErr error
	var wg sync.WaitGroup
	wg.Go(func() { src, srcErr = StartServer(ctx, source) })
	wg.Go(func() { dst, dstErr = StartServer(ctx, target) })
	wg.Wait()
	if srcErr != nil && dstErr != nil && srcErr.Error() == dstErr.Error() {
		return nil, nil, srcErr // no server programs, for one
	}
	if err := errors.Join(srcErr, dstErr); err != nil {
		for _, s := range []*Server{src, dst} {
			if s != nil {
				err = errors.Join(err, s.Stop())
			}
		}
		return nil, nil, err
	}
	return src, dst, nil
}

func startPair(ctx context.Context) (*pair, error) {
	src, dst, err := StartPair(ctx, Options{}, Options{})
	if err != nil {
		return nil, err
	}
	return &pair{src, dst}, nil
}

// Main runs a package's tests and stops the servers of [Pair] after them:
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// It returns so that the testing package exits with the status of the tests.
func Main(m *testing.M) {
	m.Run()
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if shared == nil {
		return
	}
	if err := errors.Join(shared.src.Stop(), shared.dst.Stop()); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
	}
	shared = nil
}
