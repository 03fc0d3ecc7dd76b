// An echo server of Go's net package: edge-triggered epoll, many threads, calls made without a C library.
package main

import (
	"net"
	"os"
)

func serve(connection net.Conn) {
	defer connection.Close()
	bytes := make([]byte, 4096)
	for {
		count, err := connection.Read(bytes)
		if err != nil {
			return
		}
		if _, err := connection.Write(bytes[:count]); err != nil {
			return
		}
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	for {
		connection, err := listener.Accept()
		if err == nil {
			go serve(connection)
		}
	}
}
