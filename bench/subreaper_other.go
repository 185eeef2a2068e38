//go:build !linux

package main

import "errors"

func becomeSubreaper() error { return errors.New("bench needs Linux: it reads /proc") }
