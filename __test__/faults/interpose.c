/* Stands between a process and libc (LD_PRELOAD): the calls that move sockets fail when a rule says so, and are counted.
 *
 * Rules and counters lie in a file that OXINET_FAULTS names, mapped by this process and written by control.js, which knows the
 * same layout. Only stream sockets that this process has made or accepted are touched, so neither a channel to the parent nor
 * a standard stream is; with OXINET_FAULTS_CALLER=addon only calls that come from a Node add-on, which are told apart by their
 * return address: libuv's, in the same process, work. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* In the order of CALLS in control.js. `in` and `out` are whatever moves bytes: libuv says read() where we say recv(). */
enum call {
  SOCKET, BIND, LISTEN, ACCEPT, CONNECT, OUT, IN, SHUTDOWN, CLOSE, GETSOCKOPT, SETSOCKOPT, GETSOCKNAME, GETPEERNAME, FCNTL,
  POLL, EPOLL_CREATE, EPOLL_CTL, EPOLL_WAIT, EVENTFD, LOOP, PIPE, CALLS_MADE
};

struct rule {
  int32_t call;   /* one more than its number; 0: no rule */
  int32_t number; /* errno; 0: the call is cut short instead */
  int32_t first;  /* which occurrence fails first, from 1 */
  int32_t times;  /* and how many from there on */
  int32_t most;   /* bytes that a short call may move */
  int32_t after;  /* the call is made all the same, and its result thrown away */
  int32_t seen;
  int32_t fired;
};

struct control {
  int32_t armed;
  int32_t open; /* sockets that are open now */
  int32_t calls[30];
  struct rule rules[8];
};

enum { FDS = 65536 };
static struct control *control;
static int addon_only;
static char is_mine[FDS];

#define REAL(name) \
  static __typeof__(&name) real; \
  if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define FROM __builtin_return_address(0)

__attribute__((constructor)) static void start(void) {
  const char *file = getenv("OXINET_FAULTS");
  const char *caller = getenv("OXINET_FAULTS_CALLER");
  int fd = file == NULL ? -1 : open(file, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *memory = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory != MAP_FAILED) control = memory;
  addon_only = caller != NULL && strcmp(caller, "addon") == 0;
  close(fd);
}

static int from_addon(const void *from) {
  Dl_info info;
  if (dladdr(from, &info) == 0 || info.dli_fname == NULL) return 0;
  size_t length = strlen(info.dli_fname);
  return length > 5 && strcmp(info.dli_fname + length - 5, ".node") == 0;
}

static int is_ours(const void *from) {
  return control != NULL && (!addon_only || from_addon(from));
}

static int is_watched(int fd, const void *from) {
  return fd >= 0 && fd < FDS && is_mine[fd] && is_ours(from);
}

static void opened(int fd) {
  if (fd < 0 || fd >= FDS) return;
  is_mine[fd] = 1;
  __atomic_add_fetch(&control->open, 1, __ATOMIC_RELAXED);
}

static void count(enum call call) {
  __atomic_add_fetch(&control->calls[call], 1, __ATOMIC_RELAXED);
}

/* Counts the call, and answers the rule that it falls under. */
static struct rule *rule_of(enum call call) {
  count(call);
  if (!__atomic_load_n(&control->armed, __ATOMIC_ACQUIRE)) return NULL;
  for (int i = 0; i < 8; i++) {
    struct rule *rule = &control->rules[i];
    if (rule->call != (int32_t)call + 1) continue;
    int32_t nth = __atomic_add_fetch(&rule->seen, 1, __ATOMIC_RELAXED);
    if (nth < rule->first || nth - rule->first >= rule->times) continue;
    __atomic_add_fetch(&rule->fired, 1, __ATOMIC_RELAXED);
    return rule;
  }
  return NULL;
}

static int fail(const struct rule *rule) {
  errno = rule->number;
  return -1;
}

/* For calls that only fail or don't. */
#define FAIL_IF(condition, call) \
  if (condition) { \
    struct rule *rule = rule_of(call); \
    if (rule != NULL) return fail(rule); \
  }

int socket(int domain, int type, int protocol) {
  REAL(socket);
  int streams = (type & 0xf) == SOCK_STREAM && (domain == AF_INET || domain == AF_INET6 || domain == AF_UNIX);
  int ours = streams && is_ours(FROM);
  FAIL_IF(ours, SOCKET);
  int fd = real(domain, type, protocol);
  if (ours) opened(fd);
  return fd;
}

int bind(int fd, const struct sockaddr *address, socklen_t length) {
  REAL(bind);
  FAIL_IF(is_watched(fd, FROM), BIND);
  return real(fd, address, length);
}

int listen(int fd, int backlog) {
  REAL(listen);
  FAIL_IF(is_watched(fd, FROM), LISTEN);
  return real(fd, backlog);
}

int connect(int fd, const struct sockaddr *address, socklen_t length) {
  REAL(connect);
  struct rule *rule = is_watched(fd, FROM) ? rule_of(CONNECT) : NULL;
  if (rule != NULL && !rule->after) return fail(rule);
  int result = real(fd, address, length);
  return rule == NULL ? result : fail(rule);
}

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
  REAL(accept4);
  int ours = is_watched(fd, FROM);
  struct rule *rule = ours ? rule_of(ACCEPT) : NULL;
  if (rule != NULL && !rule->after) return fail(rule);
  int new = real(fd, address, length, flags);
  if (rule != NULL && new >= 0) {
    /* The peer has gone while it waited. */
    struct linger reset = {1, 0};
    setsockopt(new, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(new);
    return fail(rule);
  }
  if (ours) opened(new);
  return new;
}

int accept(int fd, struct sockaddr *address, socklen_t *length) {
  REAL(accept);
  int ours = is_watched(fd, FROM);
  FAIL_IF(ours, ACCEPT);
  int new = real(fd, address, length);
  if (ours) opened(new);
  return new;
}

/* Calls that move bytes: `size` is cut where the rule says so. */
#define MOVE(direction, fd, size, invocation) \
  struct rule *rule = is_watched(fd, FROM) ? rule_of(direction) : NULL; \
  if (rule != NULL && rule->number != 0) return fail(rule); \
  if (rule != NULL && (size) > (size_t)rule->most) size = (size_t)rule->most; \
  return invocation

ssize_t send(int fd, const void *bytes, size_t size, int flags) {
  REAL(send);
  MOVE(OUT, fd, size, real(fd, bytes, size, flags));
}

ssize_t write(int fd, const void *bytes, size_t size) {
  REAL(write);
  MOVE(OUT, fd, size, real(fd, bytes, size));
}

/* A peek takes nothing; cut short it still sees a byte. */
ssize_t recv(int fd, void *into, size_t size, int flags) {
  REAL(recv);
  MOVE(IN, fd, size, real(fd, into, size, flags));
}

ssize_t read(int fd, void *into, size_t size) {
  REAL(read);
  MOVE(IN, fd, size, real(fd, into, size));
}

/* The first parts of a list, `most` bytes together; how many parts. */
static size_t cut(const struct iovec *from, size_t parts, struct iovec *to, size_t most) {
  size_t used = 0;
  for (; used < parts && used < 16 && most > 0; used++) {
    to[used] = from[used];
    if (to[used].iov_len > most) to[used].iov_len = most;
    most -= to[used].iov_len;
  }
  return used;
}

/* Calls that move bytes of a list of parts: `few` and `used` are the list where the rule cuts it. */
#define MOVE_PARTS(direction, fd, parts, length, invocation) \
  struct rule *rule = is_watched(fd, FROM) ? rule_of(direction) : NULL; \
  if (rule == NULL) return invocation; \
  if (rule->number != 0) return fail(rule); \
  struct iovec few[16]; \
  size_t used = cut(parts, (size_t)(length), few, (size_t)rule->most)

ssize_t writev(int fd, const struct iovec *parts, int number) {
  REAL(writev);
  MOVE_PARTS(OUT, fd, parts, number, real(fd, parts, number));
  return real(fd, few, (int)used);
}

ssize_t readv(int fd, const struct iovec *parts, int number) {
  REAL(readv);
  MOVE_PARTS(IN, fd, parts, number, real(fd, parts, number));
  return real(fd, few, (int)used);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  REAL(sendmsg);
  MOVE_PARTS(OUT, fd, message->msg_iov, message->msg_iovlen, real(fd, message, flags));
  struct msghdr shorter = *message;
  shorter.msg_iov = few;
  shorter.msg_iovlen = used;
  return real(fd, &shorter, flags);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
  REAL(recvmsg);
  MOVE_PARTS(IN, fd, message->msg_iov, message->msg_iovlen, real(fd, message, flags));
  struct msghdr shorter = *message;
  shorter.msg_iov = few;
  shorter.msg_iovlen = used;
  ssize_t result = real(fd, &shorter, flags);
  message->msg_flags = shorter.msg_flags;
  message->msg_controllen = shorter.msg_controllen;
  return result;
}

/* Within the kernel: out of a socket, or else into one. */
ssize_t splice(int from, loff_t *offset, int to, loff_t *to_offset, size_t size, unsigned flags) {
  REAL(splice);
  int socket = is_watched(from, FROM) ? from : to;
  MOVE(socket == from ? IN : OUT, socket, size, real(from, offset, to, to_offset, size, flags));
}

ssize_t sendfile(int to, int file, off_t *offset, size_t size) {
  REAL(sendfile);
  MOVE(OUT, to, size, real(to, file, offset, size));
}

int pipe2(int ends[2], int flags) {
  REAL(pipe2);
  FAIL_IF(addon_only && is_ours(FROM), PIPE);
  return real(ends, flags);
}

int shutdown(int fd, int how) {
  REAL(shutdown);
  FAIL_IF(is_watched(fd, FROM), SHUTDOWN);
  return real(fd, how);
}

/* Linux closes the descriptor whatever it says (close(2)). */
static int close_by(int fd, const void *from) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "close");
  struct rule *rule = is_watched(fd, from) ? rule_of(CLOSE) : NULL;
  if (control != NULL && fd >= 0 && fd < FDS && is_mine[fd]) {
    is_mine[fd] = 0;
    __atomic_sub_fetch(&control->open, 1, __ATOMIC_RELAXED);
  }
  int result = real(fd);
  return rule == NULL ? result : fail(rule);
}

int close(int fd) {
  return close_by(fd, FROM);
}

/* libuv closes so. */
long syscall(long number, ...) {
  REAL(syscall);
  va_list list;
  va_start(list, number);
  long argument[6];
  for (int i = 0; i < 6; i++) argument[i] = va_arg(list, long);
  va_end(list);
  if (number == SYS_close) return close_by((int)argument[0], FROM);
  return real(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *length) {
  REAL(getsockopt);
  FAIL_IF(is_watched(fd, FROM), GETSOCKOPT);
  return real(fd, level, name, value, length);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
  REAL(setsockopt);
  FAIL_IF(is_watched(fd, FROM), SETSOCKOPT);
  return real(fd, level, name, value, length);
}

int getsockname(int fd, struct sockaddr *address, socklen_t *length) {
  REAL(getsockname);
  FAIL_IF(is_watched(fd, FROM), GETSOCKNAME);
  return real(fd, address, length);
}

int getpeername(int fd, struct sockaddr *address, socklen_t *length) {
  REAL(getpeername);
  FAIL_IF(is_watched(fd, FROM), GETPEERNAME);
  return real(fd, address, length);
}

static int fcntl_by(int (*real)(int, int, ...), int fd, int command, void *argument, const void *from) {
  int ours = is_watched(fd, from);
  FAIL_IF(ours, FCNTL);
  int result = real(fd, command, argument);
  if (ours && (command == F_DUPFD || command == F_DUPFD_CLOEXEC)) opened(result);
  return result;
}

#define ARGUMENT(type, after) \
  va_list list; \
  va_start(list, after); \
  type argument = va_arg(list, type); \
  va_end(list)

int fcntl(int fd, int command, ...) {
  REAL(fcntl);
  ARGUMENT(void *, command);
  return fcntl_by(real, fd, command, argument, FROM);
}

int fcntl64(int fd, int command, ...) {
  REAL(fcntl64);
  ARGUMENT(void *, command);
  return fcntl_by(real, fd, command, argument, FROM);
}

int poll(struct pollfd *fds, nfds_t number, int timeout) {
  REAL(poll);
  FAIL_IF(number == 1 && is_watched(fds[0].fd, FROM), POLL);
  return real(fds, number, timeout);
}

/* Those of the driver: libuv ends the process when one of its own fails, so they fail for an add-on only. */

int epoll_create1(int flags) {
  REAL(epoll_create1);
  FAIL_IF(addon_only && is_ours(FROM), EPOLL_CREATE);
  return real(flags);
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event) {
  REAL(epoll_ctl);
  FAIL_IF(addon_only && is_watched(fd, FROM), EPOLL_CTL);
  return real(epoll, operation, fd, event);
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout) {
  REAL(epoll_wait);
  FAIL_IF(addon_only && is_ours(FROM), EPOLL_WAIT);
  if (control != NULL && !from_addon(FROM)) count(LOOP);
  return real(epoll, events, most, timeout);
}

/* How often libuv's loop turns. */
int epoll_pwait(int epoll, struct epoll_event *events, int most, int timeout, const sigset_t *mask) {
  REAL(epoll_pwait);
  if (control != NULL && !from_addon(FROM)) count(LOOP);
  return real(epoll, events, most, timeout, mask);
}

int eventfd(unsigned int value, int flags) {
  REAL(eventfd);
  FAIL_IF(addon_only && is_ours(FROM), EVENTFD);
  return real(value, flags);
}
