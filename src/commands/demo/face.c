/* Draws a face that is nobody's: a head, hair and shoulders in flat colours. No I/O. */
#include "commands/demo/demo.h"

struct colour {
    uint8_t r, g, b;
};

static const struct colour GROUNDS[] = {
    {214, 228, 240}, {240, 226, 205}, {222, 238, 214}, {238, 216, 224}, {226, 220, 242}};
static const struct colour SKINS[] = {
    {247, 215, 190}, {231, 184, 148}, {198, 142, 102}, {146, 96, 66}, {98, 64, 46}};
static const struct colour HAIRS[] = {{38, 28, 24},   {84, 54, 34},    {148, 98, 50},
                                      {206, 164, 92}, {122, 122, 126}, {150, 62, 40}};
static const struct colour CLOTHES[] = {{58, 92, 140},  {150, 60, 78}, {64, 122, 96},
                                        {190, 130, 50}, {92, 78, 128}, {70, 74, 84}};

struct features {
    struct colour ground, skin, hair, cloth;
    double long_hair; /* how far down it reaches */
    double width;     /* of the head */
};

#define PICK(list, n) (list)[(n) % (sizeof(list) / sizeof((list)[0]))]

static struct features features_of(uint32_t seed)
{
    uint32_t r = demo_random(seed);

    return (struct features){
        .ground = PICK(GROUNDS, r),
        .skin = PICK(SKINS, r >> 4),
        .hair = PICK(HAIRS, r >> 8),
        .cloth = PICK(CLOTHES, r >> 12),
        .long_hair = 0.02 + 0.11 * (double)((r >> 16) % 4),
        .width = 0.15 + 0.01 * (double)((r >> 20) % 4),
    };
}

static bool within(double x, double y, double at_x, double at_y, double rx, double ry)
{
    double dx = (x - at_x) / rx, dy = (y - at_y) / ry;

    return dx * dx + dy * dy <= 1.0;
}

/* x and y from 0 to 1. */
static struct colour colour_at(const struct features *f, double x, double y)
{
    static const struct colour DARK = {40, 36, 40};
    double left = 0.5 - 0.07, right = 0.5 + 0.07;

    if (within(x, y, left, 0.41, 0.016, 0.022) || within(x, y, right, 0.41, 0.016, 0.022))
        return DARK;
    if (within(x, y, 0.5, 0.52, 0.05, 0.03) && y > 0.525)
        return DARK;
    if (within(x, y, 0.5, 0.43, f->width, 0.21) && y > 0.30)
        return f->skin;
    if (within(x, y, 0.5, 0.37 + f->long_hair / 2, f->width + 0.045, 0.21 + f->long_hair / 2))
        return f->hair;
    if (x > 0.44 && x < 0.56 && y > 0.5 && y < 0.74)
        return f->skin;
    if (within(x, y, 0.5, 1.02, 0.36, 0.32))
        return f->cloth;
    return f->ground;
}

void demo_face(uint32_t seed, int side, uint8_t *ret)
{
    struct features f = features_of(seed);

    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            struct colour c = colour_at(&f, (x + 0.5) / side, (y + 0.5) / side);
            *ret++ = c.r;
            *ret++ = c.g;
            *ret++ = c.b;
        }
}
