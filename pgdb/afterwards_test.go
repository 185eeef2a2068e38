package pgdb

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		began := time.Now()
		after, done := Afterwards(ctx)
		defer done()
		time.Sleep(5 * time.Second)
		cancel()
		<-after.Done()
		if took := time.Since(began); took != 6*time.Second {
			t.Errorf("over %s after its beginning, a second after it was told to stop", took)
		}
		began = time.Now()
		calm, calmDone := Afterwards(context.Background())
		defer calmDone()
		<-calm.Done()
		if took := time.Since(began); took != afterwardsTimeout {
			t.Errorf("over after %s", took)
		}
	})
}
