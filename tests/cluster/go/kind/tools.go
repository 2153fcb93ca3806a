//go:build tools

// Package tools pins a program of the test cluster, so that go.mod and go.sum name all it is built from.
package tools

import _ "sigs.k8s.io/kind"
