/* Listening sockets, made by hand because every loop has its own on the same port. Says in one
 * sentence why a port cannot be had. */
#include "platform/http/engine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool to_sockaddr(const struct http_listener *l, struct sockaddr_storage *ret,
                        socklen_t *ret_len)
{
    if (l->port < 0 || l->port > 65535)
        return false;
    memset(ret, 0, sizeof(*ret));
    if (uv_ip4_addr(l->address, l->port, (struct sockaddr_in *)ret) == 0) {
        *ret_len = sizeof(struct sockaddr_in);
        return true;
    }
    *ret_len = sizeof(struct sockaddr_in6);
    return uv_ip6_addr(l->address, l->port, (struct sockaddr_in6 *)ret) == 0;
}

static const char *explain(const struct http_listener *l, struct arena *a, int error)
{
    switch (error) {
    case EADDRINUSE:
        return arena_printf(a, "Port %d on %s is already in use", l->port, l->address).ptr;
    case EACCES:
        return arena_printf(a, "Port %d on %s needs the right to open ports below 1024", l->port,
                            l->address)
            .ptr;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return arena_printf(a, "This machine does not have the address %s", l->address).ptr;
    case EINVAL:
        return arena_printf(a, "%s, port %d is no address to listen on", l->address, l->port).ptr;
    default:
        return arena_printf(a, "Cannot listen on port %d of %s: %s", l->port, l->address,
                            strerror(error))
            .ptr;
    }
}

static void option(int fd, int level, int name)
{
    int on = 1;

    (void)setsockopt(fd, level, name, &on, sizeof(on)); /* none of ours fails on Linux */
}

/* A socket bound there, or -1 and errno. */
static int bound(const struct http_listener *l, bool shared)
{
    struct sockaddr_storage address;
    socklen_t len = 0;

    if (!to_sockaddr(l, &address, &len)) {
        errno = EINVAL;
        return -1;
    }
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    option(fd, SOL_SOCKET,
           SO_REUSEADDR); /* connections of an earlier run in TIME_WAIT are no obstacle */
    if (address.ss_family == AF_INET6)
        option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    if (shared)
        option(fd, SOL_SOCKET, SO_REUSEPORT);
    option(fd, IPPROTO_TCP, TCP_NODELAY); /* inherited by what it accepts */
    if (bind(fd, (struct sockaddr *)&address, len) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int listen_socket(const struct http_listener *l, struct arena *a, const char **ret_why)
{
    int fd = bound(l, true);

    if (fd < 0)
        *ret_why = explain(l, a, errno);
    return fd;
}

enum err listen_probe(const struct http_listener *l, struct arena *a, const char **ret_why)
{
    int fd = bound(l, false);
    int error = errno;

    if (fd >= 0) {
        error = listen(fd, 1) == 0 ? 0 : errno;
        close(fd);
    }
    if (fd >= 0 && error == 0)
        return OK;
    *ret_why = explain(l, a, error);
    if (error == EADDRNOTAVAIL || error == EAFNOSUPPORT)
        return ERR_UNSUPPORTED;
    return error == EADDRINUSE ? ERR_CONFLICT : ERR_UNAVAILABLE;
}
