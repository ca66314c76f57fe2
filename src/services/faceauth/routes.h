/* The face check service's route table. */
#ifndef SERVICES_FACEAUTH_ROUTES_H
#define SERVICES_FACEAUTH_ROUTES_H

#include "platform/http/route.h"

extern const struct route FACEAUTH_ROUTES[];

/* routes_verify.c */
enum err faceauth_verify(struct req *q);

#endif
