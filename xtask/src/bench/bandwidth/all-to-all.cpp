// Plays transfers in SimGrid: the same file that the benchmark plays. One actor starts them all, so that little is counted but SimGrid's engine. Prints
// SimGrid's version, the time that the engine ran (wall, then processor), and when each transfer ended.
//
// The file: a line with the number of hosts and what each sends and receives at most, in bytes a second; then a line for each transfer, with its start in
// seconds, its bytes, and from which host to which. Starts ascend.

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include <simgrid/s4u.hpp>
#include <simgrid/version.h>

namespace sg4 = simgrid::s4u;

struct Transfer {
  double start;
  uint64_t bytes;
  size_t from, to;
};

int main(int argc, char** argv) {
  sg4::Engine engine(&argc, argv);
  std::ifstream file(argv[1]);
  size_t count;
  double capacity;
  file >> count >> capacity;
  std::vector<Transfer> transfers;
  for (Transfer next; file >> next.start >> next.bytes >> next.from >> next.to;) transfers.push_back(next);

  auto* zone = sg4::create_full_zone("zone");
  std::vector<sg4::Host*> hosts;
  std::vector<sg4::Link*> up, down;
  for (size_t host = 0; host < count; host++) {
    hosts.push_back(zone->create_host("host" + std::to_string(host), 1e9)->seal());
    up.push_back(zone->create_link("up" + std::to_string(host), capacity)->set_latency(0)->seal());
    down.push_back(zone->create_link("down" + std::to_string(host), capacity)->set_latency(0)->seal());
  }
  for (size_t from = 0; from < count; from++)
    for (size_t to = 0; to < count; to++)
      if (from != to)
        zone->add_route(hosts[from]->get_netpoint(), hosts[to]->get_netpoint(), nullptr, nullptr,
                        {sg4::LinkInRoute(up[from]), sg4::LinkInRoute(down[to])}, false);
  zone->seal();

  std::vector<sg4::CommPtr> comms;
  sg4::Actor::create("starter", hosts[0], [&]() {
    for (const auto& next : transfers) {
      sg4::this_actor::sleep_until(next.start);
      comms.push_back(sg4::Comm::sendto_async(hosts[next.from], hosts[next.to], next.bytes));
    }
    for (const auto& comm : comms) comm->wait();
  });
  std::clock_t ticks = std::clock();
  auto begin = std::chrono::steady_clock::now();
  engine.run();
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  double on_processor = static_cast<double>(std::clock() - ticks) / CLOCKS_PER_SEC;
  std::printf("%lu.%lu %.9f %.9f\n", SIMGRID_VERSION / 10000, SIMGRID_VERSION / 100 % 100, took.count(), on_processor);
  for (const auto& comm : comms) std::printf("%.17g\n", comm->get_finish_time());
}
