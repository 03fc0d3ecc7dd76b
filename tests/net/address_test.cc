#include "eagain/net/address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

namespace eagain {
namespace {

std::string RoundTrip(const std::string& host, uint16_t port) {
  const std::optional<Address> address = ParseAddress(host, port);
  return address ? ToString(*address) : "none";
}

TEST(AddressTest, LiteralsComeBackAsTheyAreWritten) {
  EXPECT_EQ(RoundTrip("127.0.0.1", 80), "127.0.0.1:80");
  EXPECT_EQ(RoundTrip("0.0.0.0", 65535), "0.0.0.0:65535");
  EXPECT_EQ(RoundTrip("::1", 80), "[::1]:80");
  EXPECT_EQ(RoundTrip("[::1]", 80), "[::1]:80");
  EXPECT_EQ(RoundTrip("2001:db8:0:0:0:0:0:1", 1), "[2001:db8::1]:1");
}

TEST(AddressTest, LocalhostIsTheIPv4Loopback) {
  EXPECT_EQ(RoundTrip("localhost", 7), "127.0.0.1:7");
}

TEST(AddressTest, AnythingElseIsNoAddress) {
  for (const char* host :
       {"", "[]", "[", "example.org", "127.1", "1.2.3.4.5", "[127.0.0.1", ":::1"}) {
    EXPECT_EQ(RoundTrip(host, 80), "none") << host;
  }
}

TEST(AddressTest, TheLengthIsThatOfTheFamily) {
  EXPECT_EQ(ParseAddress("127.0.0.1", 0)->length, sizeof(sockaddr_in));
  EXPECT_EQ(ParseAddress("::1", 0)->length, sizeof(sockaddr_in6));
}

TEST(AddressTest, ThePortIsInHostByteOrder) {
  EXPECT_EQ(PortOf(*ParseAddress("127.0.0.1", 258)), 258);
  EXPECT_EQ(PortOf(*ParseAddress("::1", 258)), 258);
}

}  // namespace
}  // namespace eagain
