/* The front door: /health, and the routes of all services behind one address. */
#ifndef SERVICES_GATEWAY_GATEWAY_H
#define SERVICES_GATEWAY_GATEWAY_H

extern const struct service GATEWAY_SERVICE;

#endif
