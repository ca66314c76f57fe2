/* Where a head is turned, from its landmarks alone: a mean head fitted to them by least squares,
 * seen without perspective (POS; DeMenthon and Davis, 1995), and the angles of what comes of it. */
#include "platform/face/internal.h"

#include <math.h>

#define POINTS 11
#define DEGREES (180 / 3.14159265358979)

/* A mean adult head in millimetres from the tip of the nose: to the picture's right, down, towards
 * the camera. Round figures; an angle is some degrees off with a face that is unlike it. */
static const struct {
    int landmark;
    double at[3];
} HEAD[POINTS] = {
    {36, {-45, -34, -48}}, {39, {-17, -34, -36}}, {42, {17, -34, -36}}, {45, {45, -34, -48}},
    {27, {0, -36, -22}},   {30, {0, 0, 0}},       {33, {0, 13, -17}},   {48, {-26, 31, -34}},
    {54, {26, 31, -34}},   {57, {0, 38, -22}},    {8, {0, 68, -26}},
};

struct vector {
    double v[3];
};

static double dot(struct vector a, struct vector b)
{
    return a.v[0] * b.v[0] + a.v[1] * b.v[1] + a.v[2] * b.v[2];
}

static struct vector cross(struct vector a, struct vector b)
{
    return (struct vector){{a.v[1] * b.v[2] - a.v[2] * b.v[1], a.v[2] * b.v[0] - a.v[0] * b.v[2],
                            a.v[0] * b.v[1] - a.v[1] * b.v[0]}};
}

static struct vector scaled(struct vector a, double by)
{
    return (struct vector){{a.v[0] * by, a.v[1] * by, a.v[2] * by}};
}

static struct vector head_mean(void)
{
    struct vector m = {{0, 0, 0}};

    for (int i = 0; i < POINTS; i++)
        for (int k = 0; k < 3; k++)
            m.v[k] += HEAD[i].at[k] / POINTS;
    return m;
}

/* The rows of the symmetric matrix of the head's second moments, and what each coordinate of the
 * picture has with them. */
struct moments {
    struct vector rows[3];
    struct vector x, y;
};

static struct moments moments_of(const struct face_point landmarks[FACE_LANDMARKS])
{
    struct moments m = {0};
    struct vector middle = head_mean();

    for (int i = 0; i < POINTS; i++) {
        struct face_point p = landmarks[HEAD[i].landmark];
        struct vector at;
        for (int k = 0; k < 3; k++)
            at.v[k] = HEAD[i].at[k] - middle.v[k];
        for (int k = 0; k < 3; k++) {
            for (int l = 0; l < 3; l++)
                m.rows[k].v[l] += at.v[k] * at.v[l];
            m.x.v[k] += at.v[k] * (double)p.x;
            m.y.v[k] += at.v[k] * (double)p.y;
        }
    }
    return m;
}

/* The solution of rows · s = b, by Cramer's rule: the head is no plane, so there is one. */
static struct vector solve(const struct vector rows[3], struct vector b)
{
    struct vector c = cross(rows[1], rows[2]);
    double determinant = dot(rows[0], c);
    struct vector s = {{0, 0, 0}};

    /* symmetric: rows are columns */
    s.v[0] = dot(b, c) / determinant;
    s.v[1] = dot(rows[0], cross(b, rows[2])) / determinant;
    s.v[2] = dot(rows[0], cross(rows[1], b)) / determinant;
    return s;
}

struct face_pose face_pose_of(const struct face_point landmarks[FACE_LANDMARKS])
{
    struct moments m = moments_of(landmarks);
    struct vector right = solve(m.rows, m.x), down = solve(m.rows, m.y);
    double wide = sqrt(dot(right, right)), high = sqrt(dot(down, down));

    if (!(wide > 1e-9) || !(high > 1e-9)) /* all landmarks in one point, or not numbers */
        return (struct face_pose){0, 0, 0};
    right = scaled(right, 1 / wide);
    down = scaled(down, 1 / high);
    struct vector out = cross(right, down);
    return (struct face_pose){
        .yaw = (float)(DEGREES * atan2(right.v[2], out.v[2])),
        .pitch = (float)(DEGREES * asin(fmin(fmax(-down.v[2], -1), 1))),
        .roll = (float)(DEGREES * atan2(down.v[0], right.v[0])),
    };
}
