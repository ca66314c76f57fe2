/* Statements that stand outside store.c, so that USER_QUERIES can list all of the service's SQL. */
#ifndef SERVICES_USER_SQL_H
#define SERVICES_USER_SQL_H

/* store_photos.c */
extern const char SQL_USER_PHOTO_GET[];
extern const char SQL_USER_PHOTO_LIST[];
extern const char SQL_USER_PHOTO_COUNT[];
extern const char SQL_USER_PHOTO_EXPECT[];
extern const char SQL_USER_PHOTO_ARRIVED[];
extern const char SQL_USER_HOLD[];
extern const char SQL_USER_PHOTO_COUNT_UP[];
extern const char SQL_USER_PHOTO_INSERT[];
extern const char SQL_USER_PHOTO_DELETE[];
extern const char SQL_USER_PHOTO_COUNT_DOWN[];
extern const char SQL_USER_PHOTO_TRASH[];
extern const char SQL_USER_PHOTO_TRASH_TAKE[];
extern const char SQL_USER_PHOTO_NAMES[];

/* contract.c */
extern const char SQL_USER_ACCOUNT_BY_OWN_NUMBER[];
extern const char SQL_USER_ACCOUNT_BY_NUMBER[];
extern const char SQL_USER_ACCOUNT_BY_ID[];
extern const char SQL_USER_PHOTOS[];
extern const char SQL_USER_SET_VERIFIED[];
extern const char SQL_USER_PHOTO_IS[];
extern const char SQL_USER_FACE_PHOTOS[];
extern const char SQL_USER_CLEAR_VERIFIED[];

/* store_forget.c */
extern const char SQL_USER_FORGET_FILES[];
extern const char SQL_USER_FORGET_PHOTOS[];
extern const char SQL_USER_FORGET_DOCUMENTS[];
extern const char SQL_USER_FORGET_REGISTRATION[];
extern const char SQL_USER_FORGET_PREFERENCES[];
extern const char SQL_USER_FORGET_NUMBERS[];
extern const char SQL_USER_FORGET_ACCOUNT[];
extern const char SQL_USER_GONE[];

#endif
