/* A wire between two network namespaces: a TUN device in each, and what one sends comes out of the other, unless it is lost;
 * later, twice or out of order, as lines on the standard input say. Kernels without netem have it as well.
 *
 *   wire NAME_HERE NAME_THERE PID     PID: a process in the other namespace
 *   line: LOSS DELAY JITTER OVERTAKE TWICE     in millionths and microseconds; answered with "ok" */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1 << 16, LARGEST = 2048 };

struct packet {
  int64_t due;   /* microseconds */
  uint64_t turn; /* those that are due at once keep their order */
  int to;
  int size;
  char bytes[LARGEST];
};

static struct packet *heap[MOST];
static int waiting;
static uint64_t turns;
static int64_t loss, delay, jitter, overtake, twice;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static int64_t below(int64_t most) {
  static uint64_t state = 88172645463325252ULL;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (int64_t)(state % (uint64_t)most);
}

static int is_before(const struct packet *a, const struct packet *b) {
  return a->due != b->due ? a->due < b->due : a->turn < b->turn;
}

static void swap(int a, int b) {
  struct packet *kept = heap[a];
  heap[a] = heap[b];
  heap[b] = kept;
}

static void push(struct packet *packet) {
  if (waiting == MOST) {
    free(packet);
    return;
  }
  int at = waiting++;
  heap[at] = packet;
  while (at > 0 && is_before(heap[at], heap[(at - 1) / 2])) {
    swap(at, (at - 1) / 2);
    at = (at - 1) / 2;
  }
}

static struct packet *pop(void) {
  struct packet *first = heap[0];
  heap[0] = heap[--waiting];
  for (int at = 0;;) {
    int least = at;
    for (int child = 2 * at + 1; child <= 2 * at + 2; child++)
      if (child < waiting && is_before(heap[child], heap[least])) least = child;
    if (least == at) return first;
    swap(at, least);
    at = least;
  }
}

static void take(const char *bytes, int size, int to) {
  if (below(1000000) < loss) return;
  int copies = below(1000000) < twice ? 2 : 1;
  while (copies-- > 0) {
    struct packet *packet = malloc(sizeof *packet);
    if (packet == NULL) return;
    int64_t later = delay + (jitter > 0 ? below(2 * jitter) - jitter : 0);
    packet->due = now() + (below(1000000) < overtake ? 0 : later);
    packet->turn = turns++;
    packet->to = to;
    packet->size = size;
    memcpy(packet->bytes, bytes, (size_t)size);
    push(packet);
  }
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int tun(const char *name) {
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) die("/dev/net/tun");
  struct ifreq request = {0};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(fd, TUNSETIFF, &request) < 0) die("TUNSETIFF");
  return fd;
}

static void obey(void) {
  char line[256];
  ssize_t size = read(0, line, sizeof line - 1);
  if (size <= 0) exit(0);
  line[size] = 0;
  long long values[5] = {0};
  sscanf(line, "%lld %lld %lld %lld %lld", &values[0], &values[1], &values[2], &values[3], &values[4]);
  loss = values[0], delay = values[1], jitter = values[2], overtake = values[3], twice = values[4];
  puts("ok");
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int ends[2] = {tun(argv[1]), -1};
  char file[64];
  snprintf(file, sizeof file, "/proc/%s/ns/net", argv[3]);
  int there = open(file, O_RDONLY | O_CLOEXEC);
  if (there < 0 || setns(there, CLONE_NEWNET) < 0) die(file);
  ends[1] = tun(argv[2]);
  puts("ok");
  fflush(stdout);
  for (;;) {
    struct pollfd polled[3] = {{ends[0], POLLIN, 0}, {ends[1], POLLIN, 0}, {0, POLLIN, 0}};
    int64_t left = waiting == 0 ? -1 : heap[0]->due - now();
    struct timespec timeout = {left > 0 ? left / 1000000 : 0, left > 0 ? left % 1000000 * 1000 : 0};
    ppoll(polled, 3, waiting == 0 ? NULL : &timeout, NULL);
    if (polled[2].revents != 0) obey();
    for (int from = 0; from < 2; from++) {
      char bytes[LARGEST];
      ssize_t size;
      for (int i = 0; i < 64 && (size = read(ends[from], bytes, sizeof bytes)) > 0; i++) take(bytes, (int)size, 1 - from);
    }
    int64_t time = now();
    while (waiting > 0 && heap[0]->due <= time) {
      struct packet *packet = pop();
      /* A full queue loses packets, as any wire's does. */
      if (write(ends[packet->to], packet->bytes, (size_t)packet->size) < 0 && errno == EBADFD) die("write");
      free(packet);
    }
  }
}
