// One member of a group, with segmentio's kafka-go: see ../groups/README.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/segmentio/kafka-go"
)

func setting(name string) string { return os.Getenv("MEMBER_" + name) }

func milliseconds(name string) time.Duration {
	ms, err := strconv.Atoi(setting(name))
	if err != nil {
		panic(err)
	}
	return time.Duration(ms) * time.Millisecond
}

// A Reader tells its log, and nobody else, which partitions it has got.
var partition = regexp.MustCompile(`[Pp]artition:(\d+)`)

func sayOwned(format string, values ...interface{}) {
	if !strings.HasPrefix(format, "subscribed to topics and partitions") {
		return
	}
	line := "assigned"
	for _, found := range partition.FindAllStringSubmatch(fmt.Sprintf(format, values...), -1) {
		line += " " + found[1]
	}
	fmt.Println(line)
}

func complain(format string, values ...interface{}) { fmt.Fprintf(os.Stderr, format+"\n", values...) }

func reader() *kafka.Reader {
	return kafka.NewReader(kafka.ReaderConfig{
		Brokers:           []string{setting("BOOTSTRAP")},
		GroupID:           setting("GROUP"),
		Topic:             setting("TOPIC"),
		StartOffset:       kafka.FirstOffset,
		SessionTimeout:    milliseconds("SESSION_MS"),
		HeartbeatInterval: milliseconds("HEARTBEAT_MS"),
		JoinGroupBackoff:  milliseconds("HEARTBEAT_MS"),
		MaxWait:           500 * time.Millisecond,
		Logger:            kafka.LoggerFunc(sayOwned),
		ErrorLogger:       kafka.LoggerFunc(complain),
	})
}

// Commits what was read, and forgets it if the commit failed: whoever gets the partition reads it again.
func commit(r *kafka.Reader, uncommitted map[int]kafka.Message) {
	for p, record := range uncommitted {
		if err := r.CommitMessages(context.Background(), record); err != nil {
			complain("commit: %v", err)
		} else {
			fmt.Println("committed", p, record.Offset+1)
		}
		delete(uncommitted, p)
	}
}

func main() {
	leaves, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	r := reader()
	uncommitted := map[int]kafka.Message{}
	nextCommit := time.Now().Add(milliseconds("COMMIT_MS"))
	for leaves.Err() == nil {
		ctx, cancel := context.WithDeadline(leaves, nextCommit)
		record, err := r.FetchMessage(ctx)
		cancel()
		if err == nil {
			fmt.Println("record", record.Partition, record.Offset, string(record.Value))
			uncommitted[record.Partition] = record
		} else if ctx.Err() == nil {
			complain("%v", err)
		}
		if !time.Now().Before(nextCommit) {
			commit(r, uncommitted)
			nextCommit = time.Now().Add(milliseconds("COMMIT_MS"))
		}
	}
	commit(r, uncommitted)
	if err := r.Close(); err != nil {
		complain("%v", err)
		os.Exit(1)
	}
}
