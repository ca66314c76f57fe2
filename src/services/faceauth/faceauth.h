/* The face check service; other services ask nothing of it yet. */
#ifndef SERVICES_FACEAUTH_FACEAUTH_H
#define SERVICES_FACEAUTH_FACEAUTH_H

extern const struct service FACEAUTH_SERVICE;

#endif
