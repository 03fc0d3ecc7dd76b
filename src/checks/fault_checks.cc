// What the kernel may do to a server at any time, and on a test machine hardly ever does.
#include "eagain/checks/fault_checks.h"

#include "eagain/checks/check.h"

namespace eagain::checks {
namespace {

constexpr Check kFaultChecks[] = {
    {.id = "fault/tiny-send-buffer",
     .level = Level::kMust,
     .requirement = "with the least send buffer and a slow reader, every byte comes, in order",
     .why = "A kernel short of memory makes any socket as small, and then nearly every send is "
            "short.",
     .source = "socket(7), SO_SNDBUF; send(2), EAGAIN",
     .run = TinySendBuffer},
    {.id = "fault/send-short",
     .level = Level::kMust,
     .requirement = "a send that takes one byte loses none",
     .why = "send answers how much it took: the rest is the caller's to send again.",
     .source = "send(2), RETURN VALUE; write(2)",
     .run = SendShort},
    {.id = "fault/send-short-blocking",
     .level = Level::kShould,
     .requirement = "a send on a blocking descriptor that takes one byte loses none",
     .why = "A signal in the middle of a long send makes it short, on blocking descriptors too.",
     .source = "send(2), RETURN VALUE; signal(7)",
     .run = SendShortBlocking},
    {.id = "fault/recv-short",
     .level = Level::kMust,
     .requirement = "a message that comes byte by byte comes back whole",
     .why = "TCP carries bytes, not messages: where they are cut is the network's affair.",
     .source = "recv(2), RETURN VALUE; tcp(7)",
     .run = RecvShort},
    {.id = "fault/recv-eagain",
     .level = Level::kMust,
     .requirement = "EAGAIN from recv, although the wait said readable, harms nobody",
     .why = "Readiness is a hint: what was announced may be gone by the time of the call.",
     .source = "recv(2), EAGAIN; select(2), BUGS",
     .run = RecvEagain},
    {.id = "fault/send-eagain",
     .level = Level::kMust,
     .requirement = "EAGAIN from send, although the wait said writable, loses no byte",
     .why = "EAGAIN is how a full socket says \"not now\", and no reason to give a client up.",
     .source = "send(2), EAGAIN",
     .run = SendEagain},
    {.id = "fault/accept-eagain",
     .level = Level::kMust,
     .requirement = "a client that is gone by the time of accept harms nobody",
     .why = "Between the wait and the call a client may leave, or be taken by another process.",
     .source = "accept(2), EAGAIN",
     .run = AcceptEagain},
    {.id = "fault/accept-econnaborted",
     .level = Level::kMust,
     .requirement =
         "a connection that is aborted before it is accepted (ECONNABORTED) harms nobody",
     .why = "It is the error of one connection that never was; the next one is fine.",
     .source = "accept(2), Error handling, ECONNABORTED",
     .run = AcceptEconnaborted},
    {.id = "fault/accept-emfile",
     .level = Level::kMust,
     .requirement =
         "EMFILE, ENFILE, ENOBUFS and ENOMEM from accept pass, and whoever waited is served",
     .why = "These mean \"not now\": a server that ends, or stays deaf, has to be started again by "
            "somebody.",
     .source = "accept(2), EMFILE, ENFILE, ENOBUFS, ENOMEM",
     .run = AcceptEmfile},
    {.id = "fault/wait-eintr",
     .level = Level::kMust,
     .requirement = "a wait that is interrupted (EINTR) is made again",
     .why = "Ctrl-Z and fg, a debugger, a machine that sleeps: nothing was wrong.",
     .source = "signal(7), Interruption of system calls by stop signals; epoll_wait(2), EINTR",
     .run = WaitEintr},
    {.id = "fault/wait-reordered",
     .level = Level::kMust,
     .requirement = "whoever is ready is served, whatever the order of the events",
     .why = "No wait promises an order, nor all events at once.",
     .source = "epoll_wait(2), NOTES; poll(2)",
     .run = WaitReordered},
    {.id = "fault/recv-reset",
     .level = Level::kMust,
     .requirement = "ECONNRESET, ETIMEDOUT and EHOSTUNREACH from recv end one connection, not the "
                    "server",
     .why = "Cables are pulled and machines fall silent: that is the fault of none of the others.",
     .source = "recv(2); tcp(7), Error handling",
     .run = RecvReset},
    {.id = "fault/send-epipe",
     .level = Level::kMust,
     .requirement = "EPIPE from send ends one connection, not the server",
     .why = "With it comes SIGPIPE, which ends a process that did not ask otherwise.",
     .source = "send(2), EPIPE, MSG_NOSIGNAL; signal(7)",
     .run = SendEpipe},
    {.id = "fault/sweep",
     .level = Level::kMust,
     .requirement = "each of these faults is survived at each call of a short conversation",
     .why = "The branch that goes wrong is mostly one that was never run.",
     .source = "send(2), recv(2), accept(2), epoll_wait(2), ERRORS",
     .run = FaultSweep},
};

}  // namespace

std::span<const Check> FaultChecks() { return kFaultChecks; }

}  // namespace eagain::checks
