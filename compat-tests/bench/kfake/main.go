// kfake PORT: franz-go's fake broker as a process, one node on 127.0.0.1, for the benchmark.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"
)

func fail(status int, words ...any) {
	fmt.Fprintln(os.Stderr, words...)
	os.Exit(status)
}

func main() {
	if len(os.Args) != 2 {
		fail(2, "usage: kfake PORT")
	}
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fail(2, "kfake: the port is not a number:", os.Args[1])
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(port), kfake.DefaultNumPartitions(1))
	if err != nil {
		fail(1, "kfake:", err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	cluster.Close()
}
